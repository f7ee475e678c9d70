"""The dashboard's pages: thin Streamlit scripts over `pages.ui`."""
