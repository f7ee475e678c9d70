"""The shell: what every page stands in.

In reading order:

frame.py    settings, menu, heading, style, way on and footer of a page
bundled.py  bundled files, for pages that are drawn before the library is imported
language.py the language of a page, and the words around it
purposes.py what each page is for, and the sentence to keep of it
citation.py how to cite the program and the papers
glossary.py terms explained where they stand, and all of them at `?`; glossary.js is its part in the browser
history.js  the browser's history: another page or view is a new entry, other changes are not
way_back.py the way back to the lesson
presentation.py presentation mode: large type, no controls, and a bar through prepared states
links.py    what the page's address carries
digits.py   small whole numbers in links
link_warnings.py what a link asked for in vain
server_wide.py what a server has once, out of reach of browsers that clear Streamlit's caches
ending.py   the end of a server, within seconds
jobs/       work in the background, with progress, fair turns and cancel
serving.py  the start and the end of a server
waiting_runs.py  runs that waited when the last server ended go on
request_guard.py  allowed hosts, origins and the headers of every answer
server.py   the dashboard in a thread of another program, for `masking.explore`
settings.py  the operator's settings as pages take them: valid, or no page is shown
server_paths.py  sentences name files without their folders, on a public server
errors.py   errors as sentences
session_guard.py  what a browser may ask Streamlit for, beside what the pages draw
upload_memory.py  what has been uploaded and not yet taken, within bounds
visitor.py  who uses the dashboard: a random token per session
uploads.py  what a link cannot carry, kept on this machine for a while
"""
