"""What results share: manifests, tables, sentences and pictures.

In reading order:

manifest.py       manifests, which hold all that is needed to compute a result again
tables.py         rows as CSV tables
sentences.py      results in plain sentences
hatching.py       hatching, the sign for hidden pixels
lettering.py      text in drawn pictures: its font, its width, its lines
markup.py         text in SVG and HTML: escaped, on one line, without control characters
sheet.py          pictures, bars and text at fixed positions, written as PNG or as SVG
series_style.py   colour, marker and dash of each series in a chart
marker_shapes.py  the markers of charts as SVG paths
svg_chart.py      lines, points and bars with intervals as SVG
verdict.py        what an answer to a picture with hidden parts means: a leak, a harm, or as it should be
contact_sheet.py  a comparison as one picture, panels side by side
notebook.py       results as HTML, for notebooks
html_controls.py  controls of an HTML page that work without a script
html_page.py      results as one HTML file that needs nothing else
"""
