"""One data set on its way in: what is known of its rows before anything is fitted to them."""
