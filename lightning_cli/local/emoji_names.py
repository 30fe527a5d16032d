"""What people call emoji, where the Unicode database has the name of a drawing: data for ``local/sign_names.py``.

"Black sun with rays" is a sun, "white up pointing index" a finger that points up. Those whose name is what they are
called are not here.
"""

NAMES = dict(
    pair.split("=")
    for pair in (
        "☀=sun;⛅=sun behind a cloud;⛈=cloud with lightning and rain;🌤=sun behind a small cloud;🌪=tornado;"
        "⚡=high voltage;⛄=snowman;☎=telephone;✒=pen;✂=scissors;☺=smile;☹=frown;❗=exclamation mark;"
        "❕=exclamation mark;❓=question mark;❔=question mark;⁉=exclamation and question mark;"
        "‼=two exclamation marks;⚠=warning;♻=recycling;⏳=hourglass;☝=pointing up;👆=pointing up;👇=pointing down;"
        "👉=pointing right;👈=pointing left;👊=fist;👏=clapping hands;👐=open hands;👋=waving hand;👌=OK hand;"
        "🙏=folded hands;🤞=crossed fingers;🙌=raised hands;🤘=horns;☻=smile;😍=smiling face with heart eyes;"
        "😃=grinning face with big eyes;😄=grinning face with smiling eyes;😁=beaming face with smiling eyes;"
        "😆=grinning squinting face;😅=grinning face with sweat;😘=face blowing a kiss;😋=face savoring food;"
        "😓=downcast face with sweat;😡=angry face;😤=face with steam from nose;😥=sad but relieved face;"
        "😜=winking face with tongue;😛=face with tongue;😝=squinting face with tongue;🤨=face with raised eyebrow;"
        "🤩=star struck;🤯=exploding head;🥳=partying face;🥺=pleading face;🥰=smiling face with hearts;"
        "🤮=face vomiting;🤠=cowboy;🤐=zipped mouth;🤫=shushing face;🤭=face with hand over mouth;"
        "👿=angry face with horns;👽=alien;🤖=robot;🙈=see no evil;🙉=hear no evil;🙊=speak no evil;🤦=facepalm;"
        "🙋=raising a hand;🙇=bowing;💁=person tipping a hand;🙅=person gesturing no;🙆=person gesturing OK;"
        "💃=woman dancing;💯=hundred points;💢=anger;💥=collision;💦=sweat droplets;💨=dash;💫=dizzy;💤=zzz;💡=light bulb;"
        "💵=dollar banknote;📎=paper clip;📈=chart increasing;📉=chart decreasing;🔗=link;🔕=no bell;🔍=magnifying glass;"
        "🔎=magnifying glass;🔴=red circle;🔵=blue circle;🟢=green circle;🟡=yellow circle;🟠=orange circle;"
        "⚪=white circle;⚫=black circle;⬛=black square;⬜=white square;🟥=red square;🟩=green square;🟦=blue square;"
        "🔺=red triangle;🔻=red triangle;🔶=orange diamond;🔷=blue diamond;🔸=orange diamond;🔹=blue diamond;"
        "➡=right arrow;⬅=left arrow;⬆=up arrow;⬇=down arrow;↗=up and right arrow;↘=down and right arrow;"
        "🔙=back arrow;🔜=soon arrow;🔝=top arrow;🔄=counterclockwise arrows;🔁=repeat button;⏩=fast forward;⏪=rewind;"
        "⏸=pause;⏯=play or pause;⏹=stop;⏺=record;⏭=next;⏮=previous;➕=plus;➖=minus;✖=times;➗=divided by;"
        "❎=cross mark;⭕=circle;🚫=prohibited;🆕=new;🆗=OK;🆒=cool;🆓=free;🆘=SOS;ℹ=information;🌍=globe;🌎=globe;🌏=globe;"
        "🌐=globe;🌚=new moon face;🌞=sun with a face;🌳=tree;🍎=apple;🍆=eggplant;🍕=pizza;🍦=ice cream;🍫=chocolate;"
        "🐶=dog;🐱=cat;🐭=mouse;🐰=rabbit;🦊=fox;🐻=bear;🐼=panda;🐯=tiger;🦁=lion;🐮=cow;🐷=pig;🐸=frog;🐵=monkey;🐺=wolf;"
        "🐴=horse;🐳=whale;🦄=unicorn;🏠=house;🏖=beach;🏔=mountain;🚗=car;🚂=locomotive;🚨=police light;🚦=traffic light;"
        "🚧=construction;⛽=gas station;🏁=checkered flag;🚩=red flag;🏀=basketball;🏈=football;🎾=tennis;🥇=gold medal;"
        "🥈=silver medal;🥉=bronze medal;🎯=bullseye;🎶=musical notes;🎨=palette;🎁=wrapped gift;🎃=jack o' lantern;"
        "📲=mobile phone with arrow;💻=laptop;🖥=computer;🖱=mouse;💿=optical disk;📧=e-mail;📩=envelope with arrow;"
        "📬=mailbox;📄=page;📃=page;📆=calendar;📁=folder;📂=open folder;🛠=tools;🧑=person;👴=old man;👵=old woman;🎅=Santa;"
        "👕=T-shirt;👟=sneaker;👓=glasses;🕶=sunglasses;🧵=thread;🗣=speaking head;📢=loudspeaker;📣=megaphone;"
        "🔊=loud speaker;🔇=muted speaker;⚕=medicine;♾=infinity;⚛=atom;☢=radioactive;☣=biohazard;🏳=white flag;"
        "🏴=black flag;♠=spades;♣=clubs;♦=diamonds;☑=check mark;▶=play;◀=reverse;⏏=eject;🔌=plug;🕐=one o'clock;"
        "👯=people with bunny ears"
    ).split(";")
)
# Parts that are joined, without the modifiers: what the whole is.
SEQUENCES = dict(
    pair.split("=")
    for pair in (
        "🏳🌈=rainbow flag;🏳⚧=transgender flag;🏴☠=pirate flag;❤🔥=heart on fire;❤🩹=mending heart;🐻❄=polar bear;🐦⬛=black bird;"
        "🐕🦺=service dog;😶🌫=face in clouds;😮💨=sigh of relief;😵💫=dizzy face;👁🗨=eye in a speech bubble;🐈⬛=black cat;⛓💥=broken chain"
    ).split(";")
)
PEOPLE = {"\U0001f468": "man", "\U0001f469": "woman", "\U0001f9d1": "", "\u2642": "man", "\u2640": "woman"}
CHILDREN = frozenset("\U0001f466\U0001f467\U0001f476\U0001f9d2")
KISSING = frozenset("\u2764\U0001f48b")
# What a person is by the thing beside them.
ROLES = dict(
    pair.split("=")
    for pair in (
        "💻=technologist;🚀=astronaut;⚕=health worker;🎓=student;🏫=teacher;🍳=cook;🔧=mechanic;🔬=scientist;🎨=artist;✈=pilot;🚒=firefighter;"
        "⚖=judge;🌾=farmer;🎤=singer;💼=office worker;🏭=factory worker;🎄=Santa;🦯=with a cane;🦼=in a wheelchair;🦽=in a wheelchair;"
        "🍼=feeding a baby;🦰=with red hair;🦱=with curly hair;🦲=who is bald;🦳=with white hair;🤝=holding hands"
    ).split(";")
)
