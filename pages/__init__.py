"""The dashboard's pages: thin Streamlit scripts, each over a folder of its own.

What several pages share, from the bottom up. A folder imports only what stands above it; no page imports another:

shell/        what every page stands in
components/   parts that several pages draw
pickers/      the choices that every page begins with
mask_editor/  one mask, however it was made
"""
