"""Five studies of how representations form: ``python -m experiments`` lists them."""

STUDIES = (
    "group_composition",
    "face_angle",
    "information_plane",
    "localization",
    "deep_linear",
)
