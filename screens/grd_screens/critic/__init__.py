"""The Critic over the screens: a review that goes on by itself, and the modal that shows it."""
