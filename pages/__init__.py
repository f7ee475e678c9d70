"""The dashboard's pages: thin Streamlit scripts, each over a folder of its own.

What several pages share, from the bottom up. A folder imports only what stands above it; no page imports another:

shell/        what every page stands in
components/   parts that several pages draw
pickers/      the choices that every page begins with
mask_editor/  one mask, however it was made

The pages, in the order of the menu. `N_Name.py` is what Streamlit runs; the code is in the folder:

landing/      Start (`app.py`)
compare/      Compare
layers/       Layers
leakage/      Shape leakage
lime/         LIME
attribution/  Attribution masks
runs/         Benchmarks
learn/        Learn
"""
