//! Owns the functions of Helm's templates that compute with numbers. No image is made of them, but conditions ask for them.

use super::value::{Value, number, unknown};

/// The number that a value says; nothing else is one (`cast.ToInt64` of Sprig).
pub(super) fn read(value: &Value) -> Value {
    match value {
        Value::Number(..) | Value::Unknown(_) => value.clone(),
        Value::Text(_) if value.is_hidden() => value.clone(),
        other => other.plain().trim().parse::<i64>().map_or_else(|_| number(0), number),
    }
}

/// What a function of numbers gives; not known when one of them is none, or the result is no whole number that a template could need.
pub(super) fn computed(name: &str, arguments: &[Value]) -> Value {
    let mut all = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let Value::Number(value, _) = read(argument) else { return unknown(name) };
        all.push(value);
    }
    let rest = || all.iter().copied().skip(1);
    let Some(&first) = all.first() else { return unknown(name) };
    let result = match name {
        "add" => all.iter().sum(),
        "add1" => first + 1.0,
        "sub" => rest().fold(first, |a, b| a - b),
        "mul" => all.iter().product(),
        "div" => rest().fold(first, |a, b| (a / b).trunc()),
        "mod" => rest().fold(first, |a, b| a % b),
        "max" => rest().fold(first, f64::max),
        "min" => rest().fold(first, f64::min),
        "floor" => first.floor(),
        _ => first.ceil(),
    };
    #[expect(clippy::cast_possible_truncation, reason = "checked to be a whole number of that size")]
    if result.fract() == 0.0 && result.abs() < 9e15 { number(result as i64) } else { unknown(name) }
}
