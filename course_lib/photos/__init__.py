"""People's own pictures: reading them, folders of them, and what a network says of them."""
