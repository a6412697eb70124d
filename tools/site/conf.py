"""Sphinx settings; `make site` stages the pages and builds them."""

import re
from dataclasses import is_dataclass

import kneepose
from tools.site.reference import targets

MADE_BY_USERS = ("kneepose.estimators.", "kneepose.words.")
TARGETS = targets()
MARKED = re.compile(r"(?<![`:])`([^`<>]+)`(?!`)")

project = "kneepose"
author = copyright = "the kneepose developers"
version = release = kneepose.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"kneepose {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {"color-brand-primary": "#1f5f99", "color-brand-content": "#1f5f99"},
    "dark_css_variables": {"color-brand-primary": "#7db8ee", "color-brand-content": "#7db8ee"},
}
# Allow links of the form page.md#heading, as on a repository website.
myst_heading_anchors = 4
myst_enable_extensions = ["html_image"]
default_role = "code"
add_module_names = False
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_attr_annotations = False


def link_names(app, what, name, obj, options, lines):
    """Turn `Name` into a link if it is a unique public object, else into code."""
    lines[:] = [MARKED.sub(marked, line) for line in lines]


def marked(found):
    full = TARGETS.get(found[1])
    return f":py:obj:`{found[1]} <{full}>`" if full else f"``{found[1]}``"


def hide_constructor(app, what, name, obj, options, signature, returns):
    """Hide the constructors of results, which users do not call (compatibility.md)."""
    fields = hasattr(obj, "_fields") or is_dataclass(obj)
    if what == "class" and fields and name.count(".") > 1 and not name.startswith(MADE_BY_USERS):
        return "", returns
    return None


def setup(app):
    app.connect("autodoc-process-signature", hide_constructor)
    app.connect("autodoc-process-docstring", link_names, priority=100)
