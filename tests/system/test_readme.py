"""The README's first conversation works as it is written."""

from support.readme import blocks, carried_out, walk
from support.stack import Stack, demo

CAUGHT_UP = """
for _ in $(seq 300); do
    said=$({}
    )
    case $said in *'"value":1,'*) break;; esac
    sleep 0.1
done
echo "$said"
"""


def test_the_first_conversation_goes_from_an_incident_to_a_figure(live: Stack) -> None:
    *commands, figure = blocks("A first conversation")
    printed = carried_out(live, "".join(commands) + CAUGHT_UP.format(figure), "readme")
    told = ("HTTP/1.1 201 Created", '"priority":"P2"', '"status":"in_progress"', "itsm.incident.started.v1")
    for words in told:
        assert words in printed
    assert '"key":"P2","n":1' in printed.partition('"slug":"backlog"')[2]


def test_the_order_goes_from_a_form_to_its_delivery_and_leaves_room_for_the_demo(live: Stack) -> None:
    walk(live, "readme-order")
    demo(live, "readme-order")
