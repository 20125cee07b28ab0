"""All that knows Twenty's wire: endpoints, operations, limits, errors, what a server has.

Nothing outside this package knows the name of an operation of the API.
"""
