"""Local web page on 127.0.0.1 for the live mirror, analysis of clips and comparison of two clips.

`kneepose.app.server.AppServer` serves it; `kneepose app` and `kneepose live --web` start it.
"""
