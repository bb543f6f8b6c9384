"""What there is to say about a row, once for pages, admin and API, and to whom.

Each model has a module: the sections of its page with their fields and panels, what can be done
with a row, and the columns of its list (`base`, `fields`, `rows`, `states`, `panels`, `actions`;
`registry` has them all). `badges` and `keys` have the words for
states and secrets, `formats` writes times, durations and sizes, `components` renders all that as
HTML, for the `viewer` that looks at it. `transcript` and `events` are about what a conversation
holds.

`bounds` limits how much one page or answer shows, `links` tells which URLs may become links
(`safe_url`), `whole` answers with a long text or a body as a download, and `headers` keeps answers
out of caches and frames.
"""
