//! Owns the reading of languages with blocks and calls (HCL, Starlark, Groovy, and what Kotlin and Ruby write like them) as a tree of nodes.
//!
//! No grammar is asked for: what sets a key, opens a block or calls a function is written alike in all of them. A block's labels are keys in each
//! other, as in HCL's JSON; a call is a mapping of its arguments, those without a name by their numbers, and of the block behind it. A name in the
//! place of a value is a variable (`${name}`). What signs make of several values (`a + "b"`) has no value, but the calls in it are there.

mod choice;
mod token;

use std::borrow::Cow;
use std::ops::Range;

pub(in crate::locate) use self::choice::chosen;
use self::choice::{DEFAULTS, is_choice};
use self::token::{Token, Tokens};
use super::notation::Notation;
use super::tree::{Broken, MOST, Node, NodeId, Scalar, TagKind, Tree};

/// How deep brackets may nest.
const DEEPEST: usize = 128;
/// About how many bytes stand for each key and value.
const BYTES_A_NODE: usize = 32;

/// Reads a text.
///
/// # Errors
/// [`Broken`] when its brackets nest too deep, or it has too many values.
pub(super) fn read(text: &str) -> Result<Tree<'_>, Broken> {
    let tree = Tree::with_room(text.len() / BYTES_A_NODE);
    let mut reader = Reader { text, tokens: Tokens::new(text), tree, depth: 0, choices: Vec::new(), broken: None };
    let root = reader.mapping(|reader| reader.statements(None));
    reader.tree.set_root(root);
    reader.tree.set_repeating();
    reader.broken.map_or(Ok(reader.tree), Err)
}

struct Reader<'a> {
    text: &'a str,
    tokens: Tokens<'a>,
    tree: Tree<'a>,
    depth: usize,
    /// What else may be chosen for the value that was read last.
    choices: Vec<NodeId>,
    broken: Option<Broken>,
}

/// Whether the end of a line ends a value: not between parentheses and square brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    End,
    GoOn,
}

impl<'a> Reader<'a> {
    /// A mapping of the keys and values that `read` gives.
    fn mapping(&mut self, read: impl FnOnce(&mut Self) -> Vec<NodeId>) -> NodeId {
        let id = self.tree.add(Node::Mapping(0..0));
        let pairs = read(self);
        self.tree.close(id, &pairs)
    }

    /// Reads what a bracket holds, if it does not lie too deep.
    fn inside<T: Default>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth == DEEPEST {
            self.stop(format!("its brackets nest deeper than {DEEPEST}, and it was not read"));
            return T::default();
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    /// Ends the reading.
    fn stop(&mut self, message: String) {
        self.broken.get_or_insert(Broken { at: self.tokens.at(), message });
    }

    /// Reads up to a bracket, or to the end: keys, each with its value behind it.
    fn statements(&mut self, close: Option<u8>) -> Vec<NodeId> {
        self.inside(|reader| {
            let mut pairs = Vec::new();
            while reader.broken.is_none() {
                match reader.tokens.next() {
                    Token::End => break,
                    Token::Close(bracket) if Some(bracket) == close => break,
                    // What nobody names belongs to what is around it.
                    Token::Open(bracket) => pairs.append(&mut reader.statements(Some(bracket))),
                    first @ (Token::Word(_) | Token::Text(..)) => reader.statement(first, &mut pairs),
                    Token::Close(_) | Token::Sets | Token::Next | Token::Sign | Token::Line => {}
                }
            }
            pairs
        })
    }

    /// Reads what begins with a word or a text: a block, a call, a pair, or a call without parentheses (`image 'a'`).
    fn statement(&mut self, first: Token<'a>, pairs: &mut Vec<NodeId>) {
        // Only the last ones count: what precedes a key declares it.
        let (mut words, mut last) = (Vec::new(), first);
        while let Token::Word(_) | Token::Text(..) = self.tokens.peek() {
            let next = self.tokens.next();
            words.push(std::mem::replace(&mut last, next));
        }
        match *self.tokens.peek() {
            Token::Open(b'}') => {
                words.push(last);
                let mut words = words.into_iter();
                let Some(key) = words.next().map(|word| self.scalar(word)) else { return };
                let value = self.block(words);
                pairs.extend([key, value]);
            }
            Token::Open(_) => {
                let key = self.scalar(last);
                let value = self.called();
                pairs.extend([key, value]);
            }
            Token::Sets => {
                self.tokens.next();
                let key = self.scalar(last);
                let value = self.value(None, Lines::End);
                pairs.extend([key, value]);
                pairs.extend(self.choices.drain(..).flat_map(|choice| [key, choice]));
            }
            _ => {
                let is_text = matches!(last, Token::Text(..));
                let Some(key) = words.pop().filter(|word| is_text && matches!(word, Token::Word(_))) else { return };
                let key = self.scalar(key);
                let value = self.value(Some(last), Lines::End);
                pairs.extend([key, value]);
            }
        }
    }

    /// What the labels of a block lead to: its statements.
    fn block(&mut self, mut labels: std::vec::IntoIter<Token<'a>>) -> NodeId {
        self.mapping(|reader| {
            if let Some(label) = labels.next() {
                let key = reader.scalar(label);
                return vec![key, reader.inside(|reader| Some(reader.block(labels))).unwrap_or(key)];
            }
            reader.tokens.next();
            reader.statements(Some(b'}'))
        })
    }

    /// The arguments of a call, and the block behind them; or a list.
    fn called(&mut self) -> NodeId {
        let Token::Open(bracket) = self.tokens.next() else { return self.tree.add(Node::Dangling) };
        if bracket == b']' {
            return self.list();
        }
        self.mapping(|reader| {
            let mut pairs = Vec::new();
            for (at, (key, value)) in reader.items(bracket).into_iter().enumerate() {
                let number = |reader: &mut Self| {
                    let end = reader.tree.start(value).unwrap_or_default();
                    reader.add(Cow::Owned(at.to_string()), Notation::Plain, end..end)
                };
                let key = key.unwrap_or_else(|| number(reader));
                pairs.extend([key, value]);
            }
            if *reader.tokens.peek() == Token::Open(b'}') {
                reader.tokens.next();
                pairs.append(&mut reader.statements(Some(b'}')));
            }
            pairs
        })
    }

    /// What the next bracket holds: the statements of a block, the arguments of a call, or a list.
    fn opened(&mut self) -> NodeId {
        if *self.tokens.peek() != Token::Open(b'}') {
            return self.called();
        }
        self.tokens.next();
        self.mapping(|reader| reader.statements(Some(b'}')))
    }

    /// A list; or a mapping, where an item has a key (`[image: 'a']`).
    fn list(&mut self) -> NodeId {
        let id = self.tree.add(Node::Sequence(0..0));
        let items = self.items(b']');
        if items.iter().all(|(key, _)| key.is_none()) {
            let items: Vec<NodeId> = items.into_iter().map(|(_, value)| value).collect();
            return self.tree.close(id, &items);
        }
        self.mapping(|_| items.into_iter().filter_map(|(key, value)| Some([key?, value])).flatten().collect())
    }

    /// What stands between commas up to a bracket, with the key of what has one.
    fn items(&mut self, close: u8) -> Vec<(Option<NodeId>, NodeId)> {
        self.inside(|reader| {
            let mut items = Vec::new();
            while reader.broken.is_none() {
                match reader.tokens.peek() {
                    Token::End => break,
                    Token::Close(bracket) => {
                        let is_own = *bracket == close;
                        reader.tokens.next();
                        if is_own {
                            break;
                        }
                    }
                    Token::Next | Token::Line | Token::Sets => drop(reader.tokens.next()),
                    Token::Word(_) | Token::Text(..) => {
                        let first = reader.tokens.next();
                        let key = (*reader.tokens.peek() == Token::Sets).then(|| reader.scalar(first.clone()));
                        let value = match key {
                            Some(_) => {
                                reader.tokens.next();
                                reader.value(None, Lines::GoOn)
                            }
                            None => reader.value(Some(first), Lines::GoOn),
                        };
                        items.push((key, value));
                        // Those of an argument without a name would count as arguments.
                        items.extend(reader.choices.drain(..).filter(|_| key.is_some()).map(|choice| (key, choice)));
                    }
                    Token::Open(_) | Token::Sign => {
                        let value = reader.value(None, Lines::GoOn);
                        items.push((None, value));
                    }
                }
            }
            items
        })
    }

    /// Reads a value: one text, name, list, block or call; or what is made of several, of which those that may hold others are kept.
    fn value(&mut self, first: Option<Token<'a>>, lines: Lines) -> NodeId {
        let (mut first, mut alone, mut made, mut parts) = (first, None, Vec::new(), 0);
        let mut goes_on = first.is_none();
        let (start, mut choices) = (self.tokens.at(), Vec::new());
        while self.broken.is_none() {
            let token = match first.take() {
                Some(token) => token,
                None => match self.tokens.peek() {
                    Token::Line if lines == Lines::GoOn || goes_on => {
                        self.tokens.next();
                        continue;
                    }
                    Token::End | Token::Close(_) | Token::Next | Token::Line => break,
                    Token::Open(_) => Token::Sign,
                    _ => self.tokens.next(),
                },
            };
            (parts, goes_on) = (parts + 1, token == Token::Sign);
            let opens = matches!(self.tokens.peek(), Token::Open(_));
            alone = match (token, opens) {
                (Token::Word(range), true) if *self.tokens.peek() != Token::Open(b']') => {
                    let key = self.add_plain(range);
                    let value = self.opened();
                    made.extend([key, value]);
                    None
                }
                (token @ (Token::Word(_) | Token::Text(..)), _) => {
                    if let Token::Text(raw, ..) = &token
                        && is_choice(self.text.get(start..raw.start).unwrap_or_default(), self.text.get(raw.end..).unwrap_or_default())
                    {
                        choices.push(token.clone());
                    }
                    Some(token)
                }
                (Token::Sign, true) => {
                    goes_on = false;
                    let key = self.add(Cow::Borrowed(""), Notation::Plain, 0..0);
                    let value = self.opened();
                    made.extend([key, value]);
                    None
                }
                _ => None,
            };
        }
        match (alone, made.as_slice()) {
            (Some(Token::Word(range)), _) if parts == 1 => self.name(range),
            (Some(token), _) if parts == 1 => self.scalar(token),
            // A list or a block without anything before or behind it.
            (None, [key, value]) if parts == 1 && self.tree.scalar(*key).is_some_and(|key| key.text.is_empty()) => *value,
            _ => {
                let mut choices: Vec<NodeId> = choices.into_iter().map(|choice| self.scalar(choice)).collect();
                choices.extend(made.chunks_exact(2).flat_map(|pair| self.defaults(pair)));
                let value = if made.is_empty() && !choices.is_empty() { choices.remove(0) } else { self.mapping(|_| made) };
                self.choices = choices;
                value
            }
        }
    }

    /// The texts among the arguments of a call that answers with the first that says something.
    fn defaults(&self, call: &[NodeId]) -> Vec<NodeId> {
        let [name, arguments] = call else { return Vec::new() };
        let is_known = self.tree.scalar(*name).is_some_and(|name| DEFAULTS.contains(&&*name.text));
        let is_text =
            |id: &NodeId| self.tree.scalar(*id).is_some_and(|scalar| !matches!(scalar.notation, Notation::Verbatim | Notation::Plain));
        self.tree.pairs(*arguments).iter().map(|(_, value)| *value).filter(|value| is_known && is_text(value)).collect()
    }

    /// A name in the place of a value: a variable, but for numbers and the like.
    fn name(&mut self, range: Range<usize>) -> NodeId {
        let word = self.text.get(range.clone()).unwrap_or_default();
        let is_value =
            matches!(word, "true" | "false" | "null" | "True" | "False" | "None") || word.starts_with(|c: char| c.is_ascii_digit());
        if is_value {
            return self.add_plain(range);
        }
        let text = Cow::Owned(format!("${{{word}}}"));
        self.add(text, Notation::Verbatim, range)
    }

    fn scalar(&mut self, token: Token<'a>) -> NodeId {
        match token {
            Token::Text(raw, notation, text) => self.add(text, notation, raw),
            Token::Word(range) => self.add_plain(range),
            _ => self.tree.add(Node::Dangling),
        }
    }

    fn add_plain(&mut self, range: Range<usize>) -> NodeId {
        let text = Cow::Borrowed(self.text.get(range.clone()).unwrap_or_default());
        self.add(text, Notation::Plain, range)
    }

    fn add(&mut self, text: Cow<'a, str>, notation: Notation, raw: Range<usize>) -> NodeId {
        if self.tree.len() > MOST {
            self.stop(format!("it has more than {MOST} keys and values, and was not read"));
        }
        self.tree.add(Node::Scalar(Scalar { text, notation, raw, tag: TagKind::Core }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree in one line.
    fn shown(text: &str) -> String {
        fn of(tree: &Tree<'_>, id: NodeId) -> String {
            match tree.node(id) {
                Node::Scalar(scalar) => scalar.text.to_string(),
                Node::Mapping(_) => {
                    let pairs = tree.pairs(id).iter().map(|(key, value)| format!("{}: {}", of(tree, *key), of(tree, *value)));
                    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
                }
                Node::Sequence(_) => format!("[{}]", tree.items(id).iter().map(|item| of(tree, *item)).collect::<Vec<_>>().join(", ")),
                Node::Alias(_) | Node::Dangling => "?".to_owned(),
            }
        }
        let tree = read(text).unwrap();
        of(&tree, tree.root().unwrap())
    }

    #[test]
    fn hcl() {
        let text = "variable \"A\" { default = \"x/${var.b[\"c\"]}:1\" }\n# c\nresource \"a\" \"b\" {\n  image = var.x // y\n  n     = 1\n  list  = [\"p\", { q = \"r\" },]\n}\n";
        let all = "{variable: {A: {default: x/${var.b[\"c\"]}:1}}, resource: {a: {b: {image: ${var.x}, n: 1, list: [p, {q: r}]}}}}";
        assert_eq!(shown(text), all);
        assert_eq!(
            shown("a = jsonencode([{ \"image\": \"b\" }])\nc = <<-EOF\n  d\n  EOF\ne = 1"),
            "{a: {jsonencode: {0: [{image: b}]}}, c:   d\n, e: 1}"
        );
        assert_eq!(shown("a = x ? \"b\" : \"c\"\nd = \"e\" == f ? g(\"h\") : []\ni = \"j\""), "{a: b, a: c, d: {g: {0: h}, : []}, i: j}");
    }

    #[test]
    fn starlark() {
        let text = "load('@a//:b', \"c\")\noci.pull(\n    name = \"d\",\n    image = 'e' ,\n    platforms = [\"f\",\n        'g'],\n)\nH = \"i\" + \\\n  J\nk(L, m={'n': O})\n";
        let all = "{load: {0: @a//:b, 1: c}, oci.pull: {name: d, image: e, platforms: [f, g]}, H: {}, k: {0: ${L}, m: {n: ${O}}}}";
        assert_eq!(shown(text), all);
    }

    #[test]
    fn groovy() {
        let text = "pipeline {\n  agent { docker { image 'a'; args \"-v b\" } }\n  stages { stage('c') { steps { script {\n    def d = docker.image('e').inside { sh 'f' }\n    docker.build(\"g:${env.X}\").push()\n  } } } }\n}\npodTemplate(containers: [containerTemplate(name: 'h', image: 'i')], yaml: '''\nj: k\n''') { node(L) { sh \"it's\" } }";
        let all = "{pipeline: {agent: {docker: {image: a, args: -v b}}, stages: {stage: {0: c, steps: {script: {d: {docker.image: {0: e}, inside: {sh: f}}, docker.build: {0: g:${env.X}}, push: {}}}}}}, podTemplate: {containers: [{containerTemplate: {name: h, image: i}}], yaml: j: k\n, node: {0: ${L}, sh: it's}}}";
        assert_eq!(shown(text), all);
    }

    #[test]
    fn what_is_not_closed_ends_nothing() {
        for text in
            ["a {", "a(\"b", "don't { a = 'b' }", "a = \"${b\" c = \"d\"", "]}) a = 1", "/* a", "a = '''b", "<<EOF", "=", "a = <<EOF\n"]
        {
            shown(text);
        }
        assert_eq!(shown("don't\na = 'b'"), "{a: b}");
        assert!(read(&"[".repeat(1_000)).is_err());
        assert!(read(&"a {".repeat(1_000)).is_err());
        assert!(read(&"a ".repeat(100_000)).is_ok());
        assert!(read(&"a \"b\" ".repeat(100_000)).is_ok());
        assert!(read(&"a = 1\n".repeat(200_000)).is_err());
        for open in [
            "\"\\\"",
            "<<A\n",
            "\"a${\" ",
            "\"${",
            "'''",
            "/*",
            "a(b, ",
            "a ",
            "{[(",
            "]})",
            "a = b + ",
            "'\"",
            "${\"",
            "a.b-c.",
            "\\u",
            "= ",
            "\"a\" ",
            "<<A ",
            "a = b ? \"c\" : ",
            "? \"a\" : ",
        ] {
            let _ = read(&open.repeat(200_000));
        }
    }

    #[test]
    fn each_choice_of_an_expression_is_a_value() {
        assert_eq!(shown("image = x != \"\" ? x : \"a\"\n"), "{image: a}");
        assert_eq!(shown("image = x ? \"a\" : \"b\"\n"), "{image: a, image: b}");
        assert_eq!(shown("image = coalesce(x, \"a\")\n"), "{image: {coalesce: {0: ${x}, 1: a}}, image: a}");
        assert_eq!(shown("image = \"a\" if x == \"b\" else \"c\"\n"), "{image: a, image: c}");
        assert_eq!(shown("image = \"a\" + x\n"), "{image: {}}");
    }
}
