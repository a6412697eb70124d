"""The page of this computer: mirror, clip and comparison in a browser, on 127.0.0.1 only.

`kneepose.app.server.AppServer` serves it; `kneepose app` and `kneepose live --web` start it.
"""
