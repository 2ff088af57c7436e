"""What a camera does before anything leaves it: a frame becomes a template, or says why not."""
