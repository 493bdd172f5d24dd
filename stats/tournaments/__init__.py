"""Bar games: who plays whom, what comes of it, and the figures of the players.

seats, pairings, bracket, robin and standings are pure: they know seats (1 is the first), never rows.
"""
