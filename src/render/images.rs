//! Owns the list of the images that will be pulled, as the renderers say.

use std::time::Instant;

use super::prove::{Progress, Times, in_parallel, workers};
use super::trace::Tracer;
use super::{Failure, Laid, Origin, Rendered, Scratch, Settings, Unit, Value, is_image, is_misspelled_image, render};
use crate::platform::Platform;

/// An image of a rendered object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The unit.
    pub unit: Unit,
    /// The object's `kind`; empty in a Compose project.
    pub kind: String,
    /// The object's name; empty in a Compose project.
    pub name: String,
    /// The container's name, or the Compose service.
    pub container: Option<String>,
    /// The path of the value in the object.
    pub path: String,
    /// The image as rendered.
    pub image: String,
    /// The platform that a Compose service names.
    pub platform: Option<Platform>,
    /// Where its text comes from, where that can be told.
    pub origin: Option<Origin>,
}

/// All images of a tree.
#[derive(Debug)]
pub struct Images {
    /// In the order of units and of their output.
    pub images: Vec<Image>,
    /// The units that could not be rendered.
    pub unrendered: Vec<(Unit, Failure)>,
    /// Dependencies that were laid in, so that charts could be rendered without a network.
    pub laid: Vec<Laid>,
    /// What it took.
    pub times: Times,
}

/// Renders each of `units` and lists its images. `progress` is called after each unit, from any thread.
pub fn images(scratch: &Scratch, units: &[Unit], settings: &Settings, progress: Progress<'_>) -> Images {
    let started = Instant::now();
    let workers = workers(settings.workers).min(units.len()).max(1);
    let work = |unit: &Unit| {
        let rendering = render(unit, scratch, settings);
        (rendering.values.map(|rendered| of_unit(unit, &rendered, scratch)), rendering.took)
    };
    let done = in_parallel(units, workers, work, progress);
    let mut found =
        Images { images: Vec::new(), unrendered: Vec::new(), laid: scratch.laid().to_vec(), times: Times { workers, ..Times::default() } };
    for (unit, (images, took)) in units.iter().zip(done) {
        found.times.renderers += took;
        found.times.runs += usize::from(!took.is_zero());
        match images {
            Ok(images) => found.images.extend(images),
            Err(failure) => found.unrendered.push((unit.clone(), failure)),
        }
    }
    found.times.elapsed = started.elapsed();
    found
}

fn of_unit(unit: &Unit, rendered: &Rendered, scratch: &Scratch) -> Vec<Image> {
    let mut tracer = Tracer::new(scratch, unit);
    let images = rendered.values().iter().filter(|value| is_image(value) || is_misspelled_image(value)).map(|value| {
        let object = rendered.object_of(value);
        Image {
            unit: unit.clone(),
            kind: object.map(|object| object.kind.clone()).unwrap_or_default(),
            name: object.map(|object| object.name.clone()).unwrap_or_default(),
            container: container(rendered, value),
            path: value.path().to_owned(),
            image: value.text.clone(),
            platform: platform(rendered, value),
            origin: tracer.origin(&value.text, object.and_then(|object| object.source.as_deref())),
        }
    });
    images.collect()
}

/// The `platform` beside the `image` of a Compose service.
fn platform(rendered: &Rendered, value: &Value) -> Option<Platform> {
    rendered.get(&format!("{}.platform", value.id().strip_suffix(".image")?))?.text.parse().ok()
}

/// The `name` beside the `image`; in a Compose project the key above it.
fn container(rendered: &Rendered, value: &Value) -> Option<String> {
    let beside = value.id().strip_suffix(".image")?;
    let named = rendered.get(&format!("{beside}.name")).map(|name| name.text.clone());
    named.or_else(|| value.path().strip_suffix(".image")?.strip_prefix(".services.").map(str::to_owned))
}
