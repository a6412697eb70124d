"""Loading of jinja2 templates for pages."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any, Final

from kneepose.errors import DependencyError
from kneepose.words.catalogue import opened, tr
from kneepose.writing import visible

__all__ = ["template_of"]


def template_of(name: str) -> Any:
    """Return a compiled template of the folder ``templates``.

    Raises
    ------
    DependencyError
        jinja2 is not installed.
    """
    return _template(_jinja2(), name)


def _jinja2() -> Any:
    try:
        import jinja2
    except ImportError as error:
        raise DependencyError(
            'the report needs jinja2, which is not installed. Run: pip install "kneepose[report]".'
        ) from error
    return jinja2


@cache
def _template(jinja2: Any, name: str) -> Any:
    """Return the compiled template, cached because compiling is slower than rendering."""
    folder = resources.files("kneepose.report").joinpath("templates")
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(
            lambda name: folder.joinpath(name).read_text(encoding="utf-8")
        ),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = tr
    environment.globals["opened"] = opened
    environment.globals["dated"] = _dated
    return environment.get_template(name)


_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


def _dated(text: str) -> Any:
    """Return a text as HTML in which dates are not broken over two lines."""
    from markupsafe import Markup, escape

    # The text was escaped, and the markup around its dates is constant.
    return Markup(_DATE.sub(r'<span class="day">\g<0></span>', str(escape(visible(text)))))


def _shown(value: Any) -> Any:
    return visible(value) if type(value) is str else value
