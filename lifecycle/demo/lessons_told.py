"""What the demo's ends have taught, without culprits, and what later spoke for and against their lessons."""

from dataclasses import dataclass
from typing import Final

from lifecycle.enums import LessonKind, Side

PROCESS, TEAM, ABOUT_CUSTOMERS, ABOUT_PRODUCT, OURSELVES = LessonKind
FOR, AGAINST = Side


@dataclass(frozen=True, slots=True)
class Told:
    """One lesson; `again`: the statement that the library had already."""

    kind: LessonKind
    statement: str
    detail: str
    again: str = ""


@dataclass(frozen=True, slots=True)
class LookedBack:
    """The retrospective of one feature's end, as its squad wrote it."""

    feature: str
    ending: str
    well: str
    wrong: str
    better: str
    lessons: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A piece of evidence for a lesson or against it, added as soon as the feature has come so far."""

    statement: str
    side: Side
    feature: str
    note: str
    by: str


MARCH: Final = "Sell a seasonal wish in its season, or test it in March before building."
SAYING: Final = "“I would use it” is politeness; count what people do the day after."
SECOND: Final = "Two MVPs in a row without an effect mean: question the hypothesis, not the button."
WALK: Final = "Draw the second person’s way through the product before the first person’s."
CHEAP: Final = "A test that costs a day and can say no is worth more than a beta that can only say yes."
SMALL: Final = "Release the smallest version that can be wrong; the rest waits for the answer."
ENDS: Final = "Give every incentive an end date on the day it is born."
LISTEN: Final = "Reviewers are not listeners: ask those who pay with their time."
DEPEND: Final = "Name what you cannot repair yourselves before the first customer meets it."
PLAIN: Final = "What customers no longer notice is worth the most."
UPKEEP: Final = "Decide who looks after it on the day it is released."
ASK: Final = "Ask the people who answer the phone first; they have known for months."

LOOKED_BACK: Final = (
    LookedBack(
        "guest-checkout",
        "moved_on",
        "We asked strangers on the street with a click-through, and Denmark before everybody. Each "
        "step took a week, and none had to be repeated.",
        "We carried the account page along for five weeks because nobody had written down when it may go.",
        "The guardrail on failures was right, but we chose its margin on the last evening. It deserved a day.",
        (
            Told(
                PROCESS,
                SMALL,
                "Card only, one address. Everything that we left out could still be left out a year later.",
            ),
            Told(ABOUT_CUSTOMERS, PLAIN, "Not one message of thanks, and two thirds of new customers use it."),
        ),
    ),
    LookedBack(
        "store-finder-map",
        "moved_on",
        "The map was bought, not built. Five days instead of five weeks.",
        "Opening hours came from a sheet that nobody owned. Half of the complaints were about a "
        "bakery that closed in 2019.",
        "We learnt from the hotline that people look for parking, not for stores. We could have learnt it before.",
        (
            Told(PROCESS, UPKEEP, "A list without an owner is wrong after a quarter; ours was wrong on its first day."),
            Told(
                ABOUT_CUSTOMERS,
                ASK,
                "The hotline keeps a tally of what people ask. It is on paper, by the coffee machine.",
            ),
        ),
    ),
    LookedBack(
        "reorder-from-lock-screen",
        "landed",
        "A small tweak with one question, in and out within a season. The parent’s baseline moved as promised.",
        "The notice woke people up on two phones that we do not own, because we tested during the day.",
        "We could have landed a step earlier: the last one told us nothing new.",
        (
            Told(
                PROCESS,
                "Test at the hour at which it will be used.",
                "A quiet office at noon says nothing about a bedroom at six.",
            ),
        ),
    ),
    LookedBack(
        "gift-wrapping",
        "killed",
        "Dead after four weeks and 8,000. We put the number on a cake.",
        "The wish was real, and from December. We heard it all year because it was loud.",
        "The second prototype was ready a day before it was needed. We could have asked twenty people"
        " instead of eleven.",
        (
            Told(ABOUT_CUSTOMERS, MARCH, "What people ask for on the phone in December they do not miss in March."),
            Told(
                OURSELVES,
                "A cheap no deserves a party as much as a yes.",
                "The cake cost 40. It changed which ideas reached us in the next month.",
            ),
        ),
    ),
    LookedBack(
        "student-check",
        "moved_on",
        "The check takes a minute instead of a letter, and the universities answer by themselves.",
        "Three universities changed their address in summer, when everybody is away, the machine included.",
        "Help pages came a week late; the same question was answered by hand four hundred times.",
        (Told(ABOUT_PRODUCT, DEPEND, "We had a plan for our own outage and none for that of a university."),),
    ),
    LookedBack(
        "referral-bonus",
        "moved_on",
        "The beta brought friends, and friends of friends. Earned its costs within a quarter.",
        "Nobody asked what the bonus is worth to somebody without friends. The answer has an address on the internet.",
        "We measured who came, and only later who stayed.",
        (Told(ABOUT_PRODUCT, ENDS, "Generosity without an end becomes a price. And a price is traded."),),
    ),
    LookedBack(
        "usual-day",
        "killed",
        "Two weeks from idea to code, and two clear answers. The removal took eight days, and even "
        "the help page is gone.",
        "The diary study said that people like it. They did. They liked it, and ordered as before.",
        "The first verdict was in after nine days; we waited for the whole course, out of affection.",
        (
            Told(
                ABOUT_CUSTOMERS, SAYING, "Thirteen of fifteen would have used it. The reorder rate did not hear of it."
            ),
            Told(PROCESS, CHEAP, "The reminder could have been a text message, sent by hand, on one Tuesday."),
        ),
    ),
    LookedBack(
        "one-tap-reorder",
        "moved_on",
        "Iterating at the same percentage saved us twice. We found the tired button at 10 % and not at 99.",
        "The first version asked for the address again. It was one tap, and then eleven.",
        "Tweaks two and three looked for what tweak one had found already.",
        (
            Told(
                PROCESS,
                "When two tweaks in a row bring less than the minimum effect, stop looking under the same lamp.",
                "The line through our tweaks said so a month before we did.",
            ),
            Told(
                ABOUT_CUSTOMERS, PLAIN + " Again.", "Fewer taps, no applause, and the best quarter we had.", again=PLAIN
            ),
        ),
    ),
    LookedBack(
        "blend-for-two",
        "moved_on",
        "Twelve couples, twenty songs, by hand, before a line of code. Eleven asked for tomorrow’s.",
        "After a separation the blend goes on. We learnt that from a letter, a kind one.",
        "Three people at once was asked for, tried, and made it worse. We could have believed the first test.",
        (
            Told(ABOUT_PRODUCT, WALK, "Every pair has a second person, and a last day."),
            Told(
                PROCESS,
                CHEAP + " Twice now.",
                "Blends by hand took two afternoons and decided four months.",
                again=CHEAP,
            ),
        ),
    ),
    LookedBack(
        "win-back-letter",
        "moved_on",
        "Paper! One letter, one code, one page. It was read, because nobody else writes letters.",
        "Some letters reached people who had come back in the same week, and felt watched.",
        "We stopped writing after the third letter. The data had said so after the second.",
        (
            Told(
                ABOUT_CUSTOMERS,
                "Whoever has left wants to be asked, not to be offered something.",
                "The letter with a question beat the letter with a discount by half.",
            ),
        ),
    ),
    LookedBack(
        "concert-alerts",
        "killed",
        "It ended before a single customer had it. Three cities, six weeks, no regrets.",
        "“Glad to hear of it” was counted as success. We were glad too.",
        "The beta measured moods. A beta that measures tickets would have cost the same.",
        (
            Told(
                ABOUT_CUSTOMERS,
                "Being glad about a message is not wanting it.",
                "Forty-one of sixty were glad. Two bought a ticket.",
                again=SAYING,
            ),
        ),
    ),
    LookedBack(
        "wishlist-sharing",
        "killed",
        "Taken out within five weeks, with the data. Nobody wrote to ask where it is.",
        "The idea was ours. The screenshots that proved it were from our own group chat.",
        "The second permutation changed the button. The question was whether friends buy here at all.",
        (
            Told(PROCESS, SECOND, "Our second permutation was the first one in another colour."),
            Told(
                ABOUT_PRODUCT,
                "Walk the second person’s way first: friends looked here and bought elsewhere.",
                "We had designed every screen for the one who wishes.",
                again=WALK,
            ),
        ),
    ),
    LookedBack(
        "quiet-hours",
        "moved_on",
        "We sent less and earned more. The chart hangs in the kitchen.",
        "Time zones. It is always time zones.",
        "We asked who is disturbed, and only late who would miss the messages.",
        (
            Told(
                OURSELVES,
                "We count what we send, and forget to count what we spare.",
                "Nobody had a number for messages that were not sent. Now it is the first one.",
            ),
        ),
    ),
    LookedBack(
        "device-handover",
        "moved_on",
        "Music goes on where the person goes. The beta group refused to give it back.",
        "Two teams owned the session and each waited for the other, politely, for three weeks.",
        "The handover of the code took longer than that of the music.",
        (
            Told(
                TEAM,
                "Politeness between squads costs a week each time; name one owner for each seam.",
                "Nobody wanted to be in the way. Both were.",
            ),
        ),
    ),
    LookedBack(
        "birthday-surprise",
        "killed",
        "Two weeks and 3,000. Four of forty, counted, not felt.",
        "We were charmed by our own birth years.",
        "The library already knew how politeness sounds. We read it afterwards.",
        (
            Told(
                ABOUT_CUSTOMERS,
                "They smiled, and did not play it: a smile is not a song.",
                "Thirty smiled. Four listened to the end.",
                again=SAYING,
            ),
        ),
    ),
    LookedBack(
        "split-the-bill",
        "killed",
        "One per cent was enough to see it, and the exposure was zero within the hour.",
        "The second payer had to act within ten minutes. Life happens to second payers: tunnels, "
        "babies, empty batteries.",
        "Failures rose in the first week already. The guardrail saw it; its margin was too wide to say so.",
        (
            Told(
                ABOUT_PRODUCT,
                "What only the banks can repair we should not have put before customers.",
                "The hour that we gave the second payer was the bank’s to give.",
                again=DEPEND,
            ),
            Told(
                OURSELVES,
                "Set a guardrail’s margin by what one harmed customer costs, not by what we expect to see.",
                "We chose the margin so that our own forecast would pass.",
            ),
        ),
    ),
    LookedBack(
        "spatial-audio",
        "killed",
        "The sound is wonderful. We say so because it has to be said once.",
        "Three MVPs questioned the battery, the trains and the loading. None questioned whether "
        "anybody wanted to sit still for it.",
        "We measured minutes, and could have measured the second evening.",
        (
            Told(
                ABOUT_CUSTOMERS,
                LISTEN,
                "Reviews are written at a desk with good headphones. Listening is done on a bus.",
            ),
            Told(
                PROCESS,
                "Three MVPs in a row: it was the hypothesis.",
                "The gate said so after the second. We liked the third idea too much.",
                again=SECOND,
            ),
        ),
    ),
)

SPOKEN: Final = (
    Spoken(SAYING, FOR, "wishlist-sharing", "The beta was lively, and the baskets of friends stayed empty.", "kaya"),
    Spoken(SMALL, FOR, "one-tap-reorder", "One article, one address, one tap: the rest is still not needed.", "alma"),
    Spoken(SMALL, FOR, "quiet-hours", "One rule for everybody was enough to decide.", "viggo"),
    Spoken(SMALL, FOR, "win-back-letter", "One letter, printed at the copy shop.", "wanda"),
    Spoken(
        MARCH, AGAINST, "win-back-letter", "January worked as well as any month: some seasons are in our heads.", "uma"
    ),
    Spoken(MARCH, FOR, "birthday-surprise", "A wish for one day in the year, asked for all year.", "wanda"),
    Spoken(ENDS, FOR, "referral-bonus", "Codes are traded on forums. An end date would have ended that too.", "wanda"),
    Spoken(LISTEN, FOR, "device-handover", "No review asked for it, and every listener kept it.", "nora"),
    Spoken(
        ASK, FOR, "student-check", "The letter was the most frequent question of the hotline for two years.", "tove"
    ),
    Spoken(
        "Test at the hour at which it will be used.",
        AGAINST,
        "quiet-hours",
        "Our night test found nothing that the day test had not.",
        "viggo",
    ),
    Spoken(
        "Test at the hour at which it will be used.",
        AGAINST,
        "device-handover",
        "Handover fails in elevators, at any hour. The place mattered, not the time.",
        "mads",
    ),
)

READ: Final = ("smart-shuffle", "pay-in-three", "lyrics-on-tv", "size-advisor", "taste-quiz")
"""The features whose squads acknowledged the lessons of their kin when they had begun."""
