"""All five studies in their default presets, and one page that shows what they found."""
