"""How the pages, the API and the admin show what was received.

`bounds` limits how much one page or answer shows, `links` tells which URLs may become links
(`safe_url`), `whole` answers with a long text or a body as a download, and `headers` keeps answers
out of caches and frames.
"""
