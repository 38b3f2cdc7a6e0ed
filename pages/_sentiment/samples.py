"""Reviews to start with, of films that do not exist: all were written for this page."""

from __future__ import annotations

import csv
import io

SAMPLES: dict[str, str] = {
    "Two minds": (
        "I wanted to like The Salt Road more than I did. The photography is wonderful: every "
        "frame of that desert could hang in a museum. Mara Lindqvist is terrific as the widow, "
        "and her silences say more than most people's speeches. Sadly, the script gives her "
        "nothing to do for the last hour. The subplot about the stolen truck is a waste of time, "
        "and the dialogue gets worse with every scene. By the end I was bored. Still, I keep "
        "thinking about that face."
    ),
    "Delighted": (
        "What a joy! The Lamplighter's Daughter is a warm, funny and beautifully acted little "
        "film, and I loved every minute of it. The story is simple, but it is told with so much "
        "care that I never once looked at my watch. The two leads are superb together. Bring a "
        "handkerchief for the ending. One of the best films I have seen in years, highly "
        "recommended."
    ),
    "Annoyed": (
        "Two hours of my life that I will never get back. Steel Horizon has a terrible script, "
        "wooden acting and special effects that would have looked cheap thirty years ago. The "
        "hero mumbles, the villain shouts, and nobody seems to know why they are on this "
        "submarine. I kept hoping it would at least be unintentionally funny. It was not, it was "
        "just dull. Avoid it."
    ),
    "Ironic": (
        "If you have ever wondered how long paint takes to dry, this is the film for you. A "
        "masterclass in how to fall asleep in a cinema seat. The leading man deserves an award "
        "for keeping the same expression through a war, a wedding and a shark. I particularly "
        "enjoyed the moment when the lights came on. My compliments to whoever invented the "
        "exit sign: a truly gripping performance."
    ),
    "Long": (
        "I first saw Winter in Aldermoor at a festival, on a rainy afternoon, knowing nothing "
        "about it. The first half hour did not promise much. A man arrives in a village, a door "
        "closes, a dog barks. The camera moves slowly, and so does everybody else. Two people in "
        "front of me left. I am glad I stayed. Somewhere around the scene in the bakery the film "
        "quietly changes, and what looked like mere gloom turns out to be patience. The mayor, "
        "played by Tom Ashgrove, is a wonderful character: vain, frightened, and finally brave. "
        "His speech at the frozen lake is the best scene I have seen this year. The music is "
        "sparse and perfect. Not everything works. The dream sequences are pretentious, and the "
        "one in the church is awful. The flashbacks explain too much, and the make-up of the old "
        "man is simply bad. There is also a chase that belongs in another film. It is poorly cut "
        "and goes on forever. But then the snow comes back, and with it the silence. The last "
        "twenty minutes have hardly any dialogue. They are heartbreaking. I sat there until the "
        "credits were over, and so did most of the others. Some will call it slow. I call it "
        "brilliant. See it in a cinema if you can, since a small screen would not do it justice. "
        "Take somebody you love along."
    ),
    "Deutsch": (
        "Ein wunderbarer Film, der mich von der ersten bis zur letzten Minute gefesselt hat. Die "
        "Hauptdarstellerin spielt großartig, und die Musik passt zu jeder Szene. Nur die Mitte "
        "ist etwas zu lang geraten. Trotzdem: eine klare Empfehlung, ich habe lange nicht mehr "
        "so gelacht."
    ),
    "Français": (
        "Quelle déception. Le scénario est vide, les acteurs jouent mal et la fin est ridicule. "
        "Pourtant, les images du port au petit matin sont magnifiques. Cela ne suffit pas : je me "
        "suis ennuyé pendant deux heures et je ne le conseille à personne."
    ),
    "Español": (
        "Una película maravillosa, llena de humor y de ternura. Los actores están estupendos y la "
        "historia emociona sin hacer trampas. La recomiendo a todo el mundo, es lo mejor que he "
        "visto este año."
    ),
}
"""By name; the last three are in other languages."""

SHORT = (
    "The photography is wonderful, and Mara Lindqvist is terrific as the widow. Sadly, the script "
    "gives her nothing to do. By the end I was bored."
)
"""For small places."""

CREDIT = "Written for this page; the film does not exist."


def sample_table() -> bytes:
    """All of them as a CSV file with the columns `name` and `review`."""
    file = io.StringIO()
    csv.writer(file).writerows([("name", "review"), *SAMPLES.items()])
    return file.getvalue().encode()
