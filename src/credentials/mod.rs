//! Which credential belongs to a repository: auth files, credential helpers, and the order in which they are asked.
//!
//! A secret leaves this module only as the value of a request's header or form field; nothing that can be printed holds one.

mod credential;
mod explain;
mod fault;
mod file;
mod helper;
mod key;
mod places;
mod said;
mod search;
mod secret;
mod store;
mod syncer;

pub use credential::Credential;
pub use explain::{Explanation, Looked, Place};
pub use fault::{HelperFault, Trouble};
pub use places::Places;
pub use search::Reach;
pub use secret::{Secret, percent_encoded};
pub use store::{Credentials, Found, Malformed};
