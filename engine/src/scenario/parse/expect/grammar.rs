//! The grammar of expectations: `expr CMP expr [in any repeat]`, `*` and `/` before `+` and `-`, parentheses.

use std::ops::Range;

use super::quantifier;
use super::token::{Located, Token, tokens};
use crate::diagnostic::Diagnostic;
use crate::scenario::{Comparison, Expr, ExprKind, Operator, Quantifier};
use crate::units::{DurationError, parse_duration};

const DEEPEST: u32 = 32;
const MOST_OPERANDS: u32 = 64;

/// A name with its place.
pub(super) type Name<'a> = (&'a str, Range<usize>);

/// A figure as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path<'a> {
    /// The names between the dots, at least one.
    pub(super) names: Vec<Name<'a>>,
    /// The selected values in brackets.
    pub(super) selectors: Vec<(Name<'a>, Constant)>,
}

/// A constant with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Constant {
    pub(super) kind: ExprKind,
    pub(super) span: Range<usize>,
}

/// A comparison as it is written; places are bytes of the text of `that`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Comparing<'a> {
    pub(super) left: Expr<Path<'a>>,
    pub(super) comparison: Comparison,
    pub(super) right: Expr<Path<'a>>,
    /// As it is written, if it is, with its place.
    pub(super) quantifier: Option<(Quantifier, Range<usize>)>,
}

/// Reads the text of `that`.
pub(super) fn parse(text: &str) -> Result<Comparing<'_>, Diagnostic> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, end: text.len(), depth: 0, operands: 0 };
    let left = parser.sum()?;
    let Some(&(Token::Comparison(comparison), _)) = parser.peek() else {
        let error = parser.expected("a comparison such as `>=`");
        return Err(match parser.peek() {
            Some((Token::Equals, _)) => error.help("equality is written `==`"),
            Some((Token::Name("in"), _)) => error.help("a quantifier stands at the end, behind the right side"),
            None => error.help("an expectation compares two values, as in `rayon.done >= 100`"),
            _ => error,
        });
    };
    parser.next += 1;
    let right = parser.sum()?;
    let quantifier = parser.quantifier()?;
    match parser.peek() {
        None => Ok(Comparing { left, comparison, right, quantifier }),
        Some((Token::Comparison(_), span)) => Err(Diagnostic::error("an expectation has one comparison")
            .at(span.clone())
            .help("write an `[[expect]]` for each")),
        Some(_) if quantifier.is_some() => Err(parser.expected("the end")),
        Some(_) => Err(parser.expected("an operator or the end")),
    }
}

struct Parser<'a> {
    tokens: Vec<Located<'a>>,
    next: usize,
    end: usize,
    depth: u32,
    operands: u32,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&Located<'a>> {
        self.tokens.get(self.next)
    }

    fn take(&mut self, token: Token<'a>) -> Option<Range<usize>> {
        let (_, span) = self.peek().filter(|(next, _)| *next == token)?;
        let span = span.clone();
        self.next += 1;
        Some(span)
    }

    /// The error of another token, or of the end, at the present place.
    fn expected(&self, what: &str) -> Diagnostic {
        let Some((token, span)) = self.peek() else {
            return Diagnostic::error(format!("expected {what}, found the end")).at(self.end..self.end);
        };
        let found = match token {
            Token::Name(name) => format!("`{name}`"),
            Token::Number { digits, unit } => format!("`{digits}{unit}`"),
            Token::Comparison(comparison) => format!("`{}`", comparison.as_str()),
            Token::Operator(Operator::Add) => "`+`".to_owned(),
            Token::Operator(Operator::Subtract) => "`-`".to_owned(),
            Token::Operator(Operator::Multiply) => "`*`".to_owned(),
            Token::Operator(Operator::Divide) => "`/`".to_owned(),
            Token::Open => "`(`".to_owned(),
            Token::Close => "`)`".to_owned(),
            Token::OpenSelect => "`[`".to_owned(),
            Token::CloseSelect => "`]`".to_owned(),
            Token::Comma => "`,`".to_owned(),
            Token::Equals => "`=`".to_owned(),
            Token::Dot => "`.`".to_owned(),
        };
        let error = Diagnostic::error(format!("expected {what}, found {found}")).at(span.clone());
        let is_behind_number = self.next > 0 && matches!(self.tokens[self.next - 1].0, Token::Number { unit: "", .. });
        match token {
            Token::Name(name) if is_behind_number && parse_duration(&format!("1{name}")).is_ok() => {
                error.help(format!("a unit stands right behind its number, as in `20{name}`"))
            }
            _ => error,
        }
    }

    /// The quantifier behind the right side, if there is one.
    fn quantifier(&mut self) -> Result<Option<(Quantifier, Range<usize>)>, Diagnostic> {
        let found = quantifier::read(&self.tokens[self.next..])?;
        self.next += if found.is_some() { quantifier::TOKENS } else { 0 };
        Ok(found)
    }

    fn sum(&mut self) -> Result<Expr<Path<'a>>, Diagnostic> {
        let mut left = self.product()?;
        while let Some(&(Token::Operator(operator @ (Operator::Add | Operator::Subtract)), ref span)) = self.peek() {
            let span = span.clone();
            self.check_minus(operator, &span)?;
            self.next += 1;
            left = binary(operator, left, self.product()?);
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expr<Path<'a>>, Diagnostic> {
        let mut left = self.operand()?;
        while let Some(&(Token::Operator(operator @ (Operator::Multiply | Operator::Divide)), _)) = self.peek() {
            self.next += 1;
            left = binary(operator, left, self.operand()?);
        }
        Ok(left)
    }

    /// A minus between two operands needs spaces around it, since names may contain a `-`.
    fn check_minus(&self, operator: Operator, span: &Range<usize>) -> Result<(), Diagnostic> {
        let touches = |index: Option<usize>| {
            let token = index.and_then(|index| self.tokens.get(index));
            token.is_some_and(|(_, other)| other.end == span.start || other.start == span.end)
        };
        if operator == Operator::Subtract && (touches(self.next.checked_sub(1)) || touches(Some(self.next + 1))) {
            return Err(Diagnostic::error("a minus needs a space on both sides").at(span.clone()));
        }
        Ok(())
    }

    fn operand(&mut self) -> Result<Expr<Path<'a>>, Diagnostic> {
        const WHAT: &str = "a figure, a number or `(`";
        let Some((token, span)) = self.peek().cloned() else { return Err(self.expected(WHAT)) };
        self.operands += 1;
        if self.operands > MOST_OPERANDS {
            return Err(Diagnostic::error(format!("an expectation of more than {MOST_OPERANDS} operands")).at(span));
        }
        match token {
            Token::Open => self.parenthesis(span.start),
            Token::Number { .. } => {
                let constant = self.constant()?;
                let kind = match constant.kind {
                    ExprKind::Time(time) => ExprKind::Time(time),
                    ExprKind::Bytes(bytes) => ExprKind::Bytes(bytes),
                    ExprKind::Number(number) => ExprKind::Number(number),
                    ExprKind::Figure(_) | ExprKind::Binary { .. } => return Err(self.expected(WHAT)),
                };
                Ok(Expr { kind, span: constant.span })
            }
            Token::Name(_) => self.path(),
            Token::Operator(Operator::Subtract) => {
                Err(self.expected(WHAT).help("figures are never negative: compare with zero or swap the sides"))
            }
            _ => Err(self.expected(WHAT)),
        }
    }

    fn parenthesis(&mut self, start: usize) -> Result<Expr<Path<'a>>, Diagnostic> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let error = format!("parentheses are nested more than {DEEPEST} deep");
            return Err(Diagnostic::error(error).at(start..start + 1));
        }
        self.next += 1;
        let inner = self.sum()?;
        let Some(close) = self.take(Token::Close) else {
            return Err(self.expected("an operator or `)`").also(start..start + 1, "opened here"));
        };
        self.depth -= 1;
        Ok(Expr { kind: inner.kind, span: start..close.end })
    }

    fn constant(&mut self) -> Result<Constant, Diagnostic> {
        let Some(&(Token::Number { digits, unit }, ref span)) = self.peek() else {
            return Err(self.expected("a number, as in `20ms` or `4`"));
        };
        let span = span.clone();
        let kind = constant(digits, unit).map_err(|error| error.at(span.clone()))?;
        self.next += 1;
        Ok(Constant { kind, span })
    }

    fn name(&mut self, what: &str) -> Result<Name<'a>, Diagnostic> {
        let Some(&(Token::Name(name), ref span)) = self.peek() else { return Err(self.expected(what)) };
        let span = span.clone();
        self.next += 1;
        Ok((name, span))
    }

    fn path(&mut self) -> Result<Expr<Path<'a>>, Diagnostic> {
        let first = self.name("an engine")?;
        let start = first.1.start;
        let mut end = first.1.end;
        let mut names = vec![first];
        while self.take(Token::Dot).is_some() {
            let name = self.name("a name behind the dot")?;
            end = name.1.end;
            names.push(name);
        }
        let mut selectors = Vec::new();
        if self.take(Token::OpenSelect).is_some() {
            loop {
                let name = self.name("a parameter or `workers`")?;
                if self.take(Token::Equals).is_none() {
                    return Err(self.expected("`=` and a value, as in `hold=20ms`"));
                }
                selectors.push((name, self.constant()?));
                if self.take(Token::Comma).is_none() {
                    break;
                }
            }
            end = match self.take(Token::CloseSelect) {
                Some(close) => close.end,
                None => return Err(self.expected("`,` or `]`")),
            };
        }
        Ok(Expr { kind: ExprKind::Figure(Path { names, selectors }), span: start..end })
    }
}

fn binary<'a>(operator: Operator, left: Expr<Path<'a>>, right: Expr<Path<'a>>) -> Expr<Path<'a>> {
    let span = left.span.start..right.span.end;
    Expr { kind: ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) }, span }
}

/// The value of a number with its unit.
fn constant(digits: &str, unit: &str) -> Result<ExprKind, Diagnostic> {
    let digits = digits.replace('_', "");
    let number: f64 = digits.parse().map_err(|_| Diagnostic::error(format!("`{digits}` is no number")))?;
    if !number.is_finite() {
        return Err(Diagnostic::error("a number this big is not finite"));
    }
    let binary = |power: i32| Ok(ExprKind::Bytes(number * 1_024_f64.powi(power)));
    match unit {
        "" => Ok(ExprKind::Number(number)),
        "%" => Ok(ExprKind::Number(number / 100.0)),
        "KiB" => binary(1),
        "MiB" => binary(2),
        "GiB" => binary(3),
        _ => match parse_duration(&format!("{digits}{unit}")) {
            Ok(time) => Ok(ExprKind::Time(time)),
            Err(error @ DurationError::TooLong) => Err(Diagnostic::error(error.to_string())),
            Err(_) => Err(unknown_unit(unit)),
        },
    }
}

fn unknown_unit(unit: &str) -> Diagnostic {
    let error = Diagnostic::error(format!("unknown unit `{unit}`"));
    match unit.to_ascii_lowercase().as_str() {
        "k" | "kb" | "kib" => error.help("did you mean `KiB`?"),
        "mb" | "mib" => error.help("did you mean `MiB`?"),
        "g" | "gb" | "gib" => error.help("did you mean `GiB`?"),
        _ => error.help("units: `ns`, `us`, `ms`, `s`, `m`, `h`, `KiB`, `MiB`, `GiB` and `%`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with every operation in parentheses.
    fn grouped(expr: &Expr<Path<'_>>) -> String {
        match &expr.kind {
            ExprKind::Number(number) => number.to_string(),
            ExprKind::Time(time) => format!("{}ns", time.as_nanos()),
            ExprKind::Bytes(bytes) => format!("{bytes}B"),
            ExprKind::Figure(path) => path.names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("."),
            ExprKind::Binary { operator, left, right } => {
                let operator = match operator {
                    Operator::Add => '+',
                    Operator::Subtract => '-',
                    Operator::Multiply => '*',
                    Operator::Divide => '/',
                };
                format!("({}{operator}{})", grouped(left), grouped(right))
            }
        }
    }

    fn right(text: &str) -> String {
        grouped(&parse(text).expect("it parses").right)
    }

    #[test]
    fn products_bind_closer_than_sums_and_both_group_to_the_left() {
        assert_eq!(right("x.y > 1 + 2 * 3 - 4 / 5 / 6"), "((1+(2*3))-((4/5)/6))");
        assert_eq!(right("x.y > (1 + 2) * 3"), "((1+2)*3)");
    }

    #[test]
    fn a_name_may_contain_a_minus() {
        assert_eq!(right("1 < smol-local.a-b.done - 3"), "(smol-local.a-b.done-3)");
    }

    #[test]
    fn constants_have_units() {
        assert_eq!(right("x.y > 20ms"), "20000000ns");
        assert_eq!(right("x.y > 1.5s"), "1500000000ns");
        assert_eq!(right("x.y > 64MiB"), "67108864B");
        assert_eq!(right("x.y > 95%"), "0.95");
        assert_eq!(right("x.y > 1_000"), "1000");
    }

    #[test]
    fn a_quantifier_may_follow_the_right_side() {
        let written = |text: &str| parse(text).expect("it parses").quantifier;
        assert_eq!(written("x.y > 0"), None);
        assert_eq!(written("x.y > 0 in any repeat"), Some((Quantifier::AnyRepeat, 8..21)));
        assert_eq!(written("0 < in.repeat in every  repeat"), Some((Quantifier::EveryRepeat, 14..30)));
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "x.y[a=3, b=20ms] >= (1 + 2)";
        let comparing = parse(text).expect("it parses");
        assert_eq!(&text[comparing.left.span], "x.y[a=3, b=20ms]");
        assert_eq!(&text[comparing.right.span], "(1 + 2)");
    }
}
