//! What a user is told of a mistake: text, place, remedy.
