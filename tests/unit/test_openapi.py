"""The API's document reads well."""

from pathlib import Path

from operations.http.openapi import document

SERVICE = Path(__file__).parents[2] / "service.py"


def test_a_summary_is_one_line_and_says_what_the_method_says() -> None:
    """The forms' docstrings stood there, with their line ends."""
    operations = [operation for path in document()["paths"].values() for operation in path.values()]
    assert all("\n" not in operation["summary"] for operation in operations)
    service = SERVICE.read_text()
    for operation in (operation for operation in operations if "requestBody" in operation):
        method = service[service.index(f"async def {operation['operationId']}(") :]
        assert method.split('"""')[1].startswith(operation["summary"])
