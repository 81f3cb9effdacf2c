//! Owns the inventory as it is written row by row: which format, what comes first and last.

use std::io::{self, Write};

use super::rows::Row;
use super::{Separator, VERSION, csv, table};

/// How the inventory is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For people.
    #[default]
    Table,
    /// One JSON object.
    Json,
    /// Comma-separated values.
    Csv,
}

/// The inventory.
#[derive(Debug)]
pub struct Inventory {
    form: Form,
    separator: Separator,
}

impl Inventory {
    /// An inventory in this form.
    pub fn new(form: Form) -> Self {
        Self { form, separator: Separator::First }
    }

    /// Writes what comes before all rows.
    ///
    /// # Errors
    /// What the writer says.
    pub fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.form {
            Form::Table => Ok(()),
            Form::Json => write!(out, "{{\"version\":{VERSION},\"occurrences\":["),
            Form::Csv => csv::head(out),
        }
    }

    /// Writes one row.
    ///
    /// # Errors
    /// What the writer says.
    pub fn row(&mut self, row: &Row, out: &mut dyn Write) -> io::Result<()> {
        match self.form {
            Form::Table => table::row(row, out),
            Form::Csv => csv::row(row, out),
            Form::Json => {
                out.write_all(self.separator.next().as_bytes())?;
                serde_json::to_writer(out, row).map_err(io::Error::from)
            }
        }
    }

    /// Writes what comes after all rows.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.form {
            Form::Table | Form::Csv => Ok(()),
            Form::Json => out.write_all(b"\n]}\n"),
        }
    }
}
