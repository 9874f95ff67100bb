"""The page of a survey as HTML: it needs no script and no login, and asks nothing of other addresses."""

from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from html import escape
from typing import Final

from itsm_metrics.rules.survey import Survey

LONGEST_COMMENT: Final = 2000
SCORES: Final = {
    5: "Very satisfied",
    4: "Satisfied",
    3: "Neither satisfied nor unsatisfied",
    2: "Unsatisfied",
    1: "Very unsatisfied",
}
WRONG: Final = f"Please choose one of the five answers; a comment has at most {LONGEST_COMMENT} characters."
STYLE: Final = """
:root{color-scheme:light dark;--ground:#f6f7f9;--surface:#fff;--text:#1b2430;--line:#566173;
--accent:#1d4f91;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ground:#11161d;--surface:#1a212b;--text:#e6eaf0;--line:#a3aebd;
--accent:#8ab8f5;--on:#0d1622}}
html{background:var(--ground);color:var(--text)}
body{font:1.1rem/1.5 system-ui,"DejaVu Sans",sans-serif;margin:0 auto;padding:1rem;max-width:36rem}
h1{line-height:1.25}fieldset,textarea,button{font:inherit;border-radius:.4rem;border:1px solid var(--line)}
fieldset{padding:.5rem 1rem;background:var(--surface)}label{display:block;padding:.4rem 0}
input{accent-color:var(--accent);width:1.1rem;height:1.1rem}
textarea{box-sizing:border-box;width:100%;padding:.5rem;background:var(--surface);color:var(--text)}
button{margin-top:1rem;padding:.6rem 1.4rem;background:var(--accent);color:var(--on);
border-color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
[role]{border-left:.3rem solid var(--accent);padding-left:.8rem}
"""
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; "
    f"base-uri 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'",
}
"""The style, in the colours of the pages, is allowed by its hash, and nothing else at all."""


def form(survey: Survey, now: datetime, wrong: str | None = None, typed: str | None = None) -> str:
    """The question; with the answer that was given, which may be changed or stands.

    `wrong` is what to mend, `typed` the comment that came with it.
    """
    about = f"<p>{described(survey)}</p>"
    notices = [f'<p role="alert">{escape(wrong)}</p>'] if wrong else []
    if survey.score is not None and survey.changeable_until is not None:
        said = f"You answered: {SCORES[survey.score]}. Thank you."
        if now >= survey.changeable_until:
            return page("Thank you", f'{about}<p role="status">{said}</p>')
        until = moment(survey.changeable_until)
        notices.append(f'<p role="status">{said} You can change your answer until {until}.</p>')
    choices = "".join(
        f'<label><input type="radio" name="score" value="{score}" required'
        f"{' checked' if score == survey.score else ''}> {words}</label>"
        for score, words in SCORES.items()
    )
    comment = escape(typed if typed is not None else survey.comment or "")
    return page(
        "How satisfied are you?",
        f"{about}{''.join(notices)}"
        '<form method="post"><fieldset><legend>How satisfied are you with what was done?</legend>'
        f"{choices}</fieldset>"
        '<p><label for="comment">What went well, or what should be better? (optional)</label>'
        f'<textarea id="comment" name="comment" rows="5" maxlength="{LONGEST_COMMENT}">\n{comment}</textarea>'
        "</p><p>Your score counts towards statistics. Only managers read your comment.</p>"
        f"<button>{'Change' if survey.score else 'Send'} answer</button></form>"
        f"<p>This page works until {moment(survey.expires_at)}.</p>",
    )


def over(words: str) -> str:
    """What is shown when nothing can be answered any more."""
    return page("This survey is over", f"<p>{escape(words)}</p>")


def described(survey: Survey) -> str:
    """What it is about."""
    what = "Incident" if survey.record_type == "incident" else "Request"
    name = survey.title or survey.offering
    return escape(f"{what} {survey.number}" + (f": {name}" if name else ""))


def moment(at: datetime) -> str:
    """A time as people write it, in UTC."""
    return f'<time datetime="{at.isoformat()}">{at.day} {at:%B %Y, %H:%M} UTC</time>'


def page(title: str, body: str) -> str:
    """A whole document around what is HTML already."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>'
        f'{title}</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><style>{STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
