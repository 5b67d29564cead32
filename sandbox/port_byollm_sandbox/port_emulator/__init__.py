"""An emulator of the part of Port's REST API that manages LLM providers.

The layers: `routes/` (HTTP, one noun per file), `wire/` (shapes of requests and responses), `validation/`
(what Port tests before it saves), `store/` (state in SQLite), `auth`, `errors`; and, besides Port's API,
`control` for programs and `pages/` for people. The sandbox runs one; `python -m` this package runs one on its
own, which keeps its state.
"""
