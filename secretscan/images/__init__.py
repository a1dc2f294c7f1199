"""What a container image is made of, wherever its bytes come from: the archive around it, its manifests, its layers and their history."""
