"""Mark sentences for translation without importing the web framework."""


def gettext_noop(sentence: str) -> str:
    """Mark a whole sentence for the translators and return it unchanged."""
    return sentence
