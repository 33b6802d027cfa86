"""Holds an ISO 20022 message against its published schema, by as much of XML Schema as those schemas use: sequences and
choices of elements, how often each may come, and what a text may be. An independent judge for what the product writes.
"""

import re
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

XS = "{http://www.w3.org/2001/XMLSchema}"
SCHEMAS = Path(__file__).parent / "schemas"


class MessageDefinition:
    """A schema, and what is wrong with a message by it."""

    def __init__(self, name: str) -> None:
        root = ElementTree.fromstring((SCHEMAS / f"{name}.xsd").read_bytes())  # noqa: S314  # our own files
        self.namespace = root.attrib["targetNamespace"]
        self.types = {one.attrib["name"]: one for one in root if "name" in one.attrib and one.tag != f"{XS}element"}

    def faults(self, message: bytes) -> list[str]:
        """Every fault, with the path of the element; none for a message as it should be."""
        document = ElementTree.fromstring(message)  # noqa: S314
        if document.tag != f"{{{self.namespace}}}Document":
            return [f"the root is {document.tag}"]
        return self._element(document, "Document", "Document")

    def _element(self, element: ElementTree.Element, type_name: str, path: str) -> list[str]:
        kind = self.types[type_name]
        if kind.tag == f"{XS}simpleType":
            more = [f"{path} holds elements"] if len(element) else []
            return more + self._text(element.text or "", kind, path)
        extension = kind.find(f"{XS}simpleContent/{XS}extension")
        if extension is not None:
            return self._with_attribute(element, extension, path)
        choice = kind.find(f".//{XS}choice")  # a sequence of nothing but a choice, in older schemas
        return self._children(element, kind.find(f"{XS}sequence") if choice is None else choice, path)

    def _children(self, element: ElementTree.Element, model: ElementTree.Element | None, path: str) -> list[str]:
        assert model is not None, path
        children = [child.tag.removeprefix(f"{{{self.namespace}}}") for child in element]
        wanted = [one for one in model if one.tag == f"{XS}element"]
        known = {one.attrib["name"]: one.attrib["type"] for one in wanted}
        faults = [f"{path} has no {name}" for name in children if name not in known]
        if model.tag == f"{XS}choice":
            if len(children) != 1:
                faults.append(f"{path} is a choice of one, and has {children}")
        else:
            order = [one.attrib["name"] for one in wanted]
            places = [order.index(name) for name in children if name in known]
            if places != sorted(places):
                faults.append(f"{path}: {children} are not in order")
            for one in wanted:
                count = children.count(one.attrib["name"])
                most = one.attrib.get("maxOccurs", "1")
                if count < int(one.attrib.get("minOccurs", "1")) or (most != "unbounded" and count > int(most)):
                    faults.append(f"{path} has {count} of {one.attrib['name']}")
        for child, name in zip(element, children, strict=True):
            if name in known:
                faults += self._element(child, known[name], f"{path}/{name}")
        return faults

    def _with_attribute(self, element: ElementTree.Element, extension: ElementTree.Element, path: str) -> list[str]:
        faults = self._text(element.text or "", self.types[extension.attrib["base"]], path)
        for attribute in extension.iter(f"{XS}attribute"):
            value = element.attrib.get(attribute.attrib["name"])
            if value is None:
                faults.append(f"{path} lacks {attribute.attrib['name']}")
            else:
                faults += self._text(value, self.types[attribute.attrib["type"]], f"{path}@{attribute.attrib['name']}")
        return faults

    def _text(self, text: str, kind: ElementTree.Element, path: str) -> list[str]:
        rules = [(rule.tag.removeprefix(XS), rule.attrib["value"]) for rule in kind[0]]
        faults = []
        if values := [value for name, value in rules if name == "enumeration"]:
            faults += [] if text in values else [f"{path}: {text!r} is none of {values}"]
        for name, value in rules:
            wrong = {
                "pattern": lambda: not re.fullmatch(value, text),  # noqa: B023
                "minLength": lambda: len(text) < int(value),  # noqa: B023
                "maxLength": lambda: len(text) > int(value),  # noqa: B023
                "totalDigits": lambda: len(text.replace(".", "").lstrip("-0")) > int(value),  # noqa: B023
                "fractionDigits": lambda: len(text.partition(".")[2]) > int(value),  # noqa: B023
                "minInclusive": lambda: Decimal(text) < Decimal(value),  # noqa: B023
            }.get(name, lambda: False)()
            faults += [f"{path}: {text!r} breaks {name} {value}"] if wrong else []
        return faults
