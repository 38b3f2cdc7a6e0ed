"""Posts to start with, one of each category: all were written for this page."""

from __future__ import annotations

SAMPLES: dict[str, str] = {
    "Bicycle": (
        "I rode the coast loop again on Saturday, ninety kilometres with the wind against me on "
        "the way home. The new tyres roll well, but on wet gravel the front wheel slides before "
        "I expect it. Does anybody here run a lower pressure in front? At the end I had nothing "
        "left for the last climb, and two riders half my age passed me as if I stood still. "
        "Next season I want to enter the spring race, so any advice on training is welcome."
    ),
    "Printer": (
        "After the upgrade my printer driver no longer starts. The system finds the device on "
        "the parallel port and the test page prints, but as soon as a program opens the print "
        "dialog the screen goes black and I have to reboot. I have set the graphics card back "
        "to 256 colours and moved the old files out of the directory; neither helped. Is there "
        "a newer version of the driver, or a patch that I could download?"
    ),
    "Comet": (
        "The comet should be visible low in the west about an hour after sunset. Its orbit is "
        "nearly parabolic, so this is the only time that we will see it. With a small telescope "
        "we measured a tail of about two degrees, and the spectrum shows more carbon than we "
        "expected of a body that comes from so far out. Has the probe that passed it in March "
        "sent any data on the size of the nucleus?"
    ),
    "Town hall": (
        "The government says the new law will make our streets safer, but it gives the police "
        "powers that no court controls. Citizens have a right to know what is written about "
        "them. When our representative was asked about it, he talked of taxes instead. If we "
        "let the state do this in the name of security, we should not be surprised when the "
        "next president uses it against people who merely voted for somebody else."
    ),
    "Old question": (
        "You ask how a good God can allow suffering. Christians have answered that in many ways, "
        "and I do not find all of them convincing. The book of Job does not explain it; it lets "
        "God speak, and then Job is silent. To believe is not to have a proof. An atheist may "
        "call this an evasion, but faith was never meant to be a theory that is tested like a "
        "claim about the weather."
    ),
    "Piano": (
        "For sale: upright piano, about thirty years old, in very good condition, tuned last "
        "autumn. Two keys have small chips, otherwise no damage. Comes with the bench and a "
        "lamp. Asking $650 or best offer; you have to pick it up yourself, ground floor. I am "
        "also selling a music stand for $15. Please mail me if you are interested, evenings "
        "are best."
    ),
}
"""By name."""

CREDIT = "Written for this page."
