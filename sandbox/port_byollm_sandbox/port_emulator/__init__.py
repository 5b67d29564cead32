"""An emulator of the part of Port's REST API that manages LLM providers.

The layers: `routes/` (HTTP, one noun per file), `wire/` (shapes of bodies and answers), `validation/` (what
Port tests before it saves), `store/` (state in SQLite), `auth`, `errors`; and, beside Port's API, `control`
for programs and `pages/` for people.
The sandbox has one; `python -m` this package serves one alone, which keeps its state.
"""
