"""Queries made from SPARQL's grammar, of which is known whether they call another endpoint.

Every query is good SPARQL 1.1. Words that look like a call stand wherever they are none: in strings of all four
kinds, comments, IRIs, variables, prefixed names, blank nodes and language tags.
"""

from random import Random

LOOKALIKES = (
    "SERVICE",
    "service",
    "Service",
    "LOAD",
    "load",
    "local service",
    "SERVICE SILENT <http://x/> {}",
    "INSERT",
)
PROLOGUE = """PREFIX ns: <http://x/> PREFIX : <http://x/y#> PREFIX service: <http://x/service#>
PREFIX LOAD: <http://x/load#> BASE <http://x/SERVICE>
"""
GAPS = (" ", " ", "\n", "\t", "\r\n", " # SERVICE <http://x/> { }\n", " #'\n", ' #"""\n', " #\r", " #{\n", " #<\n")
IRIS = (
    "<http://x/>", "<SERVICE>", "<#service>", "<http://x/SERVICE>", "<urn:service:x>", "<>", "<?service>", "<LOAD>",
    r"<http://x/\u0053ERVICE>", "<http://x/it's>", "<http://x/a(service)>", "<é/SERVICE>",
)  # fmt: skip
PREFIXED = (
    "ns:Service", "ns:SERVICE", "service:x", "service:SERVICE", ":service", "LOAD:x", "ns:", "ns:a.service", "service:",
    "ns:a%20SERVICE", r"ns:SERVICE\-x", "ns:1:service", "ns:é", "ns:LOAD",
)  # fmt: skip
VARIABLES = ("?s", "?p", "?service", "$SERVICE", "?LOAD", "$a", "?silent", "?SERVICEx", "?é")
TAGS = ("", "", "@en", "@service", "@en-SERVICE", "^^ns:SERVICE", "^^<http://x/service>")
ENDS = ("", "\\'", '\\"', "\\\\", "\\n", "\\u0053ERVICE", "\\U00000053ERVICE", "#", "<", "{", "}", "é")
PATHS = ("{0}", "{0}", "^{0}", "{0}*", "({0}|^{1})+", "!({0}|^{1})", "{0}/{1}?", "!{0}", "({0}/{1})")
EXPRESSIONS = (
    "{0} < {1}", "{0} = {1} || {1} > {0}", "STR({0}) IN ({1}, 'SERVICE')", "ns:service({0})",
    "IF({0} <= {1}, {0}, {1})", "BOUND(?service) && {0} != {1}", "<http://x/SERVICE>({0})", "({0})+{1}", "!{0}",
)  # fmt: skip
PATTERNS = (
    "{0}", "OPTIONAL{0}", "MINUS {0}", "GRAPH ?service{0}", "GRAPH service:x{0}", "graph <x>{0}", "{1}UNION{0}",
    "{0} UNION {1}", "{{SELECT*{0}}}", "{{select (1 as ?n{3}){0}LIMIT 1}}", "OPTIONAL{{{0}}}", "FILTER NOT EXISTS{0}",
    "FILTER(EXISTS{0})", "VALUES ?v {{ 'SERVICE' ns:Service <http://x/SERVICE> UNDEF }}{0}", "FILTER({2}){0}",
    "{{SELECT ?s{1}HAVING(EXISTS{0})}}", "{{SELECT(EXISTS{0}AS?b){1}}}",
)  # fmt: skip
STARTS = (
    "SELECT *", "SELECT ?service", "select distinct*", "SELECT (1 AS ?m)", "ASK", "ask", "DESCRIBE ?service",
    "CONSTRUCT { ?service ns:SERVICE 'LOAD' }",
)  # fmt: skip


class Grammar:
    """Makes a query; the same one for the same *seed*."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311  # no secret is made of it
        self.one_of = self.random.choice
        self.most = self.random.randint
        self.named = 0

    def query(self, calls: bool) -> str:
        """A whole query; *calls*: it has a SERVICE clause, somewhere."""
        late = calls and not self.most(0, 5)
        dataset = self.one_of(("", "", "FROM service:x", "FROM NAMED <SERVICE>", "\nFROM <http://x/service>\n"))
        group = self.group(self.most(0, 3), calls and not late)
        ends = ("", " LIMIT 1", " ORDER BY ?service", " #service", " VALUES ?service { 'SERVICE' }")
        end = f" ORDER BY DESC({self.exists(1, True)})" if late else self.one_of(ends)
        parts = (self.one_of(STARTS), dataset, self.one_of(("WHERE", "where", "")), group)
        return PROLOGUE + self.gap().join(parts) + end

    def gap(self) -> str:
        return self.one_of(GAPS)

    def loose(self) -> str:
        """White space and comments, or nothing."""
        return self.one_of(("", "", self.gap()))

    def term(self) -> str:
        return self.one_of((self.one_of(VARIABLES), self.one_of(IRIS), self.one_of(PREFIXED)))

    def literal(self) -> str:
        if not self.most(0, 4):
            return self.one_of(("1", "-1.5e0", "true", "false", ".5"))
        text, quote = self.one_of(LOOKALIKES) + self.one_of(ENDS), self.one_of("'\"")
        if self.most(0, 1):
            text += self.one_of(("", "\n", f"{quote}x", f" {quote}{quote} ", "\r\n# "))
            quote *= 3
        return quote + text + quote + self.one_of(TAGS)

    def number(self) -> int:
        """Another one each time: a label may not come back in another group, nor a variable be bound twice."""
        self.named += 1
        return self.named

    def blank_node(self) -> str:
        return self.one_of((f"_:service{self.number()}", "[]", "[ ns:SERVICE 'SERVICE' ]", "(1 'LOAD')"))

    def path(self) -> str:
        step, other = self.term(), self.one_of((self.one_of(IRIS), self.one_of(PREFIXED), "a"))
        return step if step[0] in "?$" else self.one_of(PATHS).format(step, other)

    def triple(self) -> str:
        subject = self.one_of((self.term(), self.term(), self.blank_node()))
        return self.gap().join((subject, self.path(), self.one_of((self.term(), self.literal(), self.blank_node()))))

    def expression(self) -> str:
        one, other = (self.one_of((self.one_of(VARIABLES), self.literal())) for _ in range(2))
        return self.one_of(EXPRESSIONS).format(one, other)

    def exists(self, depth: int, calls: bool) -> str:
        return self.one_of(("EXISTS", "NOT EXISTS")) + self.loose() + self.group(depth, calls)

    def call(self, depth: int) -> str:
        """A SERVICE clause."""
        endpoint = self.term()
        silent = self.one_of(("", "SILENT", "silent", "Silent"))
        keyword = self.one_of(("SERVICE", "service", "Service", "sErViCe"))
        touching = endpoint[0] in "<?$"
        between = self.loose() if touching else self.gap()
        words = f"{keyword}{self.gap()}{silent}" if silent else keyword
        return f"{words}{between}{endpoint}{self.loose()}{self.group(depth - 1, False)}"

    def group(self, depth: int, calls: bool) -> str:
        """A group graph pattern."""
        parts = [f"{self.triple()}{self.gap()}.{self.loose()}" for _ in range(self.most(0, 2))]
        if calls or depth > 0:
            parts.insert(self.most(0, len(parts)), self.pattern(max(depth, 0), calls) + self.loose())
        return "{" + self.loose() + "".join(parts) + "}"

    def pattern(self, depth: int, calls: bool) -> str:
        """What may stand in a group beside triples."""
        if calls and (not depth or not self.most(0, 2)):
            return self.call(depth)
        inner, other = self.group(depth - 1, calls), self.group(0, False)
        return self.one_of(PATTERNS).format(inner, other, self.expression(), self.number())
