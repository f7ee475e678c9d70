"""What a run of two images is asked."""

SMALL = {"experiment": "patch_removal", "settings": {"methods": ["blackout"], "shares": [0.5]}, "count": 2}
