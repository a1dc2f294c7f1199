"""Finds leaked credentials in git repositories, container images and Kubernetes manifests, and says what it did not read."""

__version__ = "0.1.0"
