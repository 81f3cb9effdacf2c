//! `list --rendered`: the images that will be pulled, as the user's own renderers say.

use crate::config::ChartOptions;
use crate::render::{Images, Scratch, human_images, images, json_images};
use crate::report::inventory::Form;

use super::args::ListArgs;
use super::options::{Renderers, Where};
use super::rendering::{Rendering, root};
use super::{Exit, World, bar, governed};

/// Runs the command.
pub(super) fn run(options: &ListArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    if options.format == Form::Csv {
        return Err(world.fail("`list --rendered` has no csv", "use `--format json` or leave it out"));
    }
    let place = options.from.places(&options.place, world)?;
    let charts = governed::rules(&options.mappings, &governed::asked(&place, None), world)?.chart_options;
    let found = found(&place, &options.renderers.seeing(&options.charts), &charts, world)?;
    let text = if options.format == Form::Json { format!("{:#}\n", json_images(&found)) } else { human_images(&found) };
    let _ = world.out(|out| out.write_all(text.as_bytes()));
    Ok(if found.unrendered.is_empty() { Exit::Clean } else { Exit::Failed })
}

/// Renders everything at `place` and lists its images.
///
/// # Errors
/// The code to end with; why is said already.
pub(super) fn found(place: &Where, renderers: &Renderers, charts: &[ChartOptions], world: &mut World<'_>) -> Result<Images, Exit> {
    let (root, within) = root(&place.paths, world)?;
    let rendering = Rendering::new(renderers, charts, &root, world)?;
    let mut scratch = Scratch::copy(&root).map_err(|fault| world.fail(&fault.to_string(), ""))?;
    let units = scratch.prepare(&rendering.values, &within).map_err(|fault| world.fail(&fault.to_string(), ""))?;
    Ok(bar::shown("rendered", |show| images(&scratch, &units, &rendering.settings, show)))
}
