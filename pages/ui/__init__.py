"""What the pages share; everything that imports streamlit lives here."""
