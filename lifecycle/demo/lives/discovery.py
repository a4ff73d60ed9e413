"""Discovery: Smart shuffle waits for one click, Mood radio was refuted, and nobody answers for the Taste quiz."""

from typing import Final

from lifecycle.demo.climbing import climb, short_ladder
from lifecycle.demo.script import (
    ADVANCE,
    ANALYSIS,
    BETA,
    INTERVIEWS,
    ITERATE,
    KILL,
    MVP,
    PROSPECTS,
    PROTOTYPE,
    Ago,
    Belief,
    Costs,
    Decided,
    Earns,
    Experiment,
    Found,
    Guard,
    Life,
    Planned,
    Success,
    WhenDue,
)

STARTS: Final = Guard("start-failures", 0.0025)

SMART_SHUFFLE: Final = Life(
    key="smart-shuffle",
    name="Smart shuffle",
    squad="discovery",
    owner="alma",
    summary="Shuffle that knows what you have just heard, and slips in one new track in ten.",
    tags=("recommendation",),
    born=16,
    belief=Belief(
        change="a shuffle that avoids the last forty tracks and adds one new track in ten",
        audience="listeners who shuffle their own playlists",
        reason="they skip what they heard yesterday, and search for something new on other services",
        metric="saves",
        effect=0.04,
        mvp="Own playlists of 50 tracks or more; new tracks from the same artists only.",
        guards=(STARTS, Guard("listening-minutes", 0.6)),
        also=(Success("shared-sessions", 0.004),),
    ),
    acts=(
        Found(15.4, ANALYSIS, "Of tracks heard in the last two days 41 % are skipped, of others 19 %."),
        Found(14.7, PROTOTYPE, "Playlists shuffled by hand, two weeks each.", hits=13, tried=15),
        Decided(at=14, outcome=ADVANCE, by="otto", reason="They noticed, and saved tracks that they did not know."),
        Found(9.5, BETA, "Beta with 300 listeners of long playlists.", hits=214, tried=300),
        Planned(9.2, "The plain shuffle is still there: flag shuffle.smart off, drop the history cache.", "pia"),
        Decided(at=9, outcome=ADVANCE, by="otto", reason="214 of 300 kept it on. Up the ladder.", time_box=14,
                call="The beta is over and everything is ready."),
        *climb(9, 1, 1, by="alma"),
        Decided(at=4.8, outcome=ITERATE, questions=(MVP,), by="alma", effect=0.078,
                reason="Listeners of short playlists hear the same new track twice a day. From 50 tracks on only, "
                       "and again at 10 %."),
        Decided(at=Ago(8.2), outcome=ADVANCE, by="alma",
                reason="No repeated tracks any more, the load is as forecast, more tracks are saved. Now prove it at "
                       "25 %.", call="The fix was out for its minimum run."),
    ),
    experiment=Experiment(
        units=460_000, effect=0.051, moves={"listening-minutes": 0.21, "shared-sessions": 0.0014}, unit="listener"
    ),
    costs=Costs(think=3, build=13, ship=7, infrastructure=340),
)  # fmt: skip

MOOD_RADIO: Final = Life(
    key="mood-radio",
    name="Mood radio",
    squad="discovery",
    owner="quinn",
    summary="A station for how you feel, chosen from six colours.",
    tags=("recommendation",),
    born=14,
    belief=Belief(
        change="six stations chosen by colour",
        audience="listeners who start with the search field",
        reason="they type moods into the search",
        metric="saves",
        effect=0.04,
        mvp="Six fixed stations, no learning.",
        guards=(STARTS,),
    ),
    acts=(
        Found(13, PROTOTYPE, "Colour cards on a table.", hits=12, tried=14),
        Decided(at=12, outcome=ADVANCE, by="quinn", time_box=40, reason="Everybody chose a colour within seconds."),
        Found(7.2, BETA, "Beta: used daily by half of them.", hits=52, tried=97),
        Planned(6.8, "Remove the six stations; they are playlists.", "pia"),
        Decided(at=6.4, outcome=ADVANCE, by="otto", reason="Half use it daily. Show us what it does.", call="Ready."),
        *climb(6.4, 1, 1, 1.4, by="quinn", said=1),
    ),
    experiment=Experiment(units=420_000, effect=0.004, unit="listener"),
    costs=Costs(think=3, build=12, ship=7, infrastructure=200),
)  # fmt: skip

TASTE_QUIZ: Final = Life(
    key="taste-quiz",
    name="Taste quiz",
    squad="discovery",
    owner="pia",
    summary="Ten questions, and the first playlist fits.",
    tags=("onboarding",),
    born=Ago(37),
    belief=Belief(
        change="a quiz of ten questions at the first start",
        audience="new listeners",
        reason="the first playlist decides whether they come back, and it knows nothing about them",
        metric="saves",
        effect=0.06,
        mvp="Ten questions on paper, playlist by hand.",
        guards=(STARTS,),
    ),
    acts=(
        Found(Ago(30), PROTOTYPE, "Paper quiz with newcomers: the playlist fitted for five of twelve.", hits=5,
              tried=12, population=PROSPECTS),
    ),
    costs=Costs(think=4.5),
)  # fmt: skip

BLEND: Final = Life(
    key="blend-for-two",
    name="Blend for two",
    squad="discovery",
    owner="otto",
    summary="A playlist from the taste of two people, new each day.",
    tags=("social", "recommendation"),
    born=79,
    belief=Belief(
        change="a daily playlist blended from two accounts",
        audience="listeners who share links with each other",
        reason="they send each other tracks one by one",
        metric="shared-sessions",
        effect=0.0035,
        mvp="Two people, twenty tracks, once a day.",
        guards=(STARTS,),
    ),
    acts=(
        Found(78, PROTOTYPE, "Blends by hand for twelve couples.", hits=11, tried=12),
        Decided(at=77, outcome=ADVANCE, by="otto", reason="Eleven of twelve asked for the next one."),
        short_ladder(76.7),
        Found(73, BETA, "Beta with 400 pairs.", hits=322, tried=400),
        Planned(72.6, "Blends become ordinary playlists.", "quinn"),
        Decided(at=72, outcome=ADVANCE, by="otto", reason="Loved in the beta, light on the servers.", call="Ready."),
        *climb(72, 1, 2, 2.1, by="otto", steps=(5, 25, 99), said=2),
        WhenDue(ADVANCE, "Three or more people was asked for and makes it worse. It is done.", by="otto"),
        WhenDue(ADVANCE, "One new member in forty comes through a blend. Kept.", by="otto"),
        WhenDue(ADVANCE, "Kept, with pleasure.", by="quinn", again=True),
    ),
    experiment=Experiment(units=460_000, effect=0.0069, unit="listener"),
    costs=Costs(think=3, build=12, ship=6, tweak=3, maintain=0.6, infrastructure=240),
    earns=Earns(9_800, settles=14),
)  # fmt: skip

PODCAST_CHAPTERS: Final = Life(
    key="podcast-chapters",
    name="Podcast chapters",
    squad="discovery",
    owner="pia",
    summary="Chapters for podcasts that have none, found by listening.",
    tags=("podcasts",),
    born=13,
    belief=Belief(
        change="chapters found automatically in podcasts without any",
        audience="podcast listeners",
        reason="they skip forward in steps of fifteen seconds, eleven times per session",
        metric="chapter-jumps",
        effect=0.03,
        mvp="The 300 most heard podcasts, in English.",
        guards=(STARTS,),
    ),
    acts=(
        Found(12, PROTOTYPE, "Chapters by hand in five podcasts.", hits=10, tried=12),
        Decided(at=11, outcome=ADVANCE, by="otto", reason="They jump where we put a chapter."),
        Found(7.6, BETA, "Beta: 57 of 80 jumped.", hits=57, tried=80),
        Planned(7.3, "Chapters are data beside the podcast; stop showing them.", "quinn"),
        Decided(at=7, outcome=ADVANCE, by="otto", reason="Worth showing to customers.", call="Ready."),
        *climb(7, 1, 1.4, by="pia"),
        Decided(at=Ago(15), outcome=ITERATE, questions=(MVP,), by="pia", effect=0.035,
                reason="Chapters come too close to each other. Two minutes apart at least, again at 10 %."),
    ),
    experiment=Experiment(units=90_000, effect=0.03, ends=Ago(9), unit="listener"),
    costs=Costs(think=3, build=9, ship=5, infrastructure=610),
)  # fmt: skip

CONCERT_ALERTS: Final = Life(
    key="concert-alerts",
    name="Concert alerts",
    squad="discovery",
    owner="quinn",
    summary="Know when an artist that you hear plays near you.",
    tags=("events",),
    born=53,
    belief=Belief(
        change="a message when an artist plays within 50 kilometres",
        audience="listeners with location allowed",
        reason="they learn of concerts too late",
        metric="saves",
        effect=0.04,
        mvp="Three cities, 200 artists.",
        guards=(STARTS,),
    ),
    acts=(
        Found(52, INTERVIEWS, "Ten concert goers: all missed one last year."),
        Found(51.5, PROTOTYPE, "Messages by hand: nine of ten were glad.", hits=9, tried=10),
        Decided(at=51, outcome=ADVANCE, by="quinn", reason="Glad is a start. Three cities."),
        Found(47.2, PROTOTYPE,
              "Three cities, with people on a waiting list: two of forty bought a ticket or saved a track.", hits=2,
              tried=40, population=PROSPECTS),
        Decided(at=47, outcome=KILL, by="otto",
                reason="Being glad about a message is not wanting it. Ended before a single customer had it."),
    ),
    costs=Costs(think=3, build=9),
)  # fmt: skip

DISCOVERY: Final = (SMART_SHUFFLE, MOOD_RADIO, TASTE_QUIZ, BLEND, PODCAST_CHAPTERS, CONCERT_ALERTS)
