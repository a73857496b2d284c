//! Mistakes that are caused by `--set`.

use crate::diagnostic::Diagnostic;

/// The beginning of every message about a setting.
const OPTION: &str = "`--set ";

/// Marks a mistake as caused by the setting with this text; its place stays.
pub fn of_setting(text: &str, mistake: Diagnostic) -> Diagnostic {
    Diagnostic { message: format!("{OPTION}{text}`: {}", mistake.message), ..mistake }
}

/// Whether a mistake is caused by a setting and was found before, at another place. It is then not reported again.
pub fn is_told_of_setting(mistake: &Diagnostic, found: &[Diagnostic]) -> bool {
    mistake.message.starts_with(OPTION) && found.iter().any(|earlier| earlier.message == mistake.message)
}
