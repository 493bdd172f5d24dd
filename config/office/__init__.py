"""The operators' own pages inside the admin: what runs, what is slow, what is switched, and who changed what."""
