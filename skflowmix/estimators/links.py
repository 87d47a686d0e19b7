"""Where the page of an estimator is, for the diagram that notebooks show. Uses no library."""

PAGE = "https://skflowmix.github.io/skflowmix/generated/{estimator_module}.{estimator_name}.html"


class LinkedEstimator:
    """An estimator whose diagram links to its page, and to its parameters there.

    scikit-learn looks for these attributes. They must stand before its own among the parents.
    """

    _doc_link_module = "skflowmix"
    _doc_link_template = PAGE

    def _doc_link_url_param_generator(self) -> dict[str, str]:
        """Name the estimator by the public module that has it."""
        public, *_ = type(self).__module__.split(".estimators")
        return {"estimator_module": public, "estimator_name": type(self).__name__}
