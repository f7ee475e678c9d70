"""Missingness Explorer: `streamlit run app.py`.

Streamlit reads this file twice: as the module `app`, whose server it starts, and as the script of the first page.
"""

if __name__ == "__main__":
    from pages.landing.page import landing_page
    from pages.shell import frame
    from pages.shell.link_warnings import show_link_warnings

    frame.begin(frame.NAME)
    landing_page()
    show_link_warnings()
    frame.end()
else:
    import streamlit as st
    from starlette.middleware import Middleware

    from pages.shell.request_guard import RequestGuard
    from pages.shell.serving import exit_on_signals, open_browser

    exit_on_signals()
    application = st.App(__file__, middleware=[Middleware(RequestGuard)], lifespan=open_browser)
