"""Which known mistakes explain an attempt's answers: one, or several at once.

An attempt that makes two mistakes answers as the reference with both edits made, and so the pairs
are tried, and where they leave something open, the triples. Where edits exclude each other, or the
attempt is another algorithm, the wrong answers may still be those of known mistakes, one by one.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import combinations
from typing import Any

from course_lib.edits import Clash
from course_lib.exercises.engine.compare import Raised, same
from course_lib.exercises.engine.exercise import Change
from course_lib.exercises.engine.key import REFERENCE, AnswerKey

Place = tuple[int, str]  # the number of a probe, and the finding in its answer
Sentences = tuple[str, ...]
SECONDS = 0.5  # of computing, for each kind of sets
LOOKS = 4  # of the probes with a wrong answer that are looked at to rule mistakes out


class Explanation:
    """The known mistakes behind the answers `got`, one for each probe of the key's exercise."""

    def __init__(self, key: AnswerKey, got: list[Any]) -> None:
        self.key, self.got = key, got

    def single(self) -> str:
        """The one mistake that explains every answer, or ""."""
        for sentence in self.key.exercise.mistakes:
            # with nothing but errors to go by, the numbers in them have to agree as well
            if self._is_answered_by((sentence,)) and (
                not self._only_errors or self._has_the_very_errors_of(sentence)
            ):
                return sentence
        return ""

    @cached_property
    def _only_errors(self) -> bool:
        return all(isinstance(value, Raised) for value in self._wrong.values())

    def _has_the_very_errors_of(self, sentence: str) -> bool:
        answers = [self.key.answer((sentence,), number) for number in range(len(self.got))]
        pairs = zip(answers, self.got, strict=True)
        return all(a.message == b.message for a, b in pairs if isinstance(b, Raised))

    def several(self) -> tuple[Sentences, bool]:
        """What all explaining sets of mistakes share, and whether that explains everything.

        Larger sets are tried only if no smaller one was found to. Nothing rests on errors alone:
        many mistakes end in the same one.
        """
        if self._only_errors:
            return (), False
        for candidates in (self._likely(2), self._others(), self._likely(3)):
            sets = self._answering_alike(candidates)
            if sets:
                shared = _shared(sets)
                return shared, len(shared) == len(sets[0])
        return _shared(list(self._covers())), False

    def _answering_alike(self, candidates: Iterable[Sentences]) -> list[Sentences]:
        """The sets that, made together, answer every probe as `got` does."""
        deadline = time.process_time() + SECONDS
        found: list[Sentences] = []
        for chosen in candidates:
            if time.process_time() > deadline:
                break
            if self._is_answered_by(chosen):
                found.append(chosen)
        return found

    def _likely(self, size: int) -> list[Sentences]:
        """Sets of which no member breaks what is right, those first that fit best one by one."""
        edits = [s for s in self._harmless if not callable(self._changes[s])]
        sets = [chosen for chosen in combinations(edits, size) if self._touches_all(chosen)]
        fits = {chosen: self._misfit(chosen) for chosen in sets}
        exact = [chosen for chosen in sets if fits[chosen] == 0]
        return sorted(sets, key=lambda chosen: fits[chosen]) if size == 2 else exact

    def _others(self) -> Iterator[Sentences]:
        """All other pairs: two mistakes may undo in part what each does, or break more together."""
        edits = [s for s in self._changes if not callable(self._changes[s])]
        for pair in combinations(edits, 2):
            if not (all(s in self._harmless for s in pair) and self._touches_all(pair)):
                yield pair

    def _is_answered_by(self, who: Sentences) -> bool:
        try:
            return all(same(self.key.answer(who, n), self.got[n]) for n in self._order)
        except Clash:
            return False

    @property
    def _changes(self) -> Mapping[str, Change]:
        return self.key.exercise.changes

    @cached_property
    def _order(self) -> list[int]:
        """The probes, those first whose answer is wrong: there most other answers differ."""
        numbers = range(len(self.got))
        return sorted(numbers, key=lambda n: same(self.key.answer(REFERENCE, n), self.got[n]))

    @cached_property
    def _wrong(self) -> dict[Place, Any]:
        """The attempt's wrong findings."""
        return _differences(_findings(self.got), self._right)

    @cached_property
    def _right(self) -> dict[Place, Any]:
        return _findings([self.key.answer(REFERENCE, n) for n in range(len(self.got))])

    @cached_property
    def _looked_at(self) -> list[int]:
        """The probes by which mistakes are ruled out before any are made together."""
        wrong_in = {number for number, _ in self._wrong}
        right = [number for number in self._order if number not in wrong_in]
        return right + [number for number in self._order if number in wrong_in][:LOOKS]

    @cached_property
    def _harmless(self) -> dict[str, dict[Place, Any]]:
        """The known mistakes that break nothing the attempt has right: their wrong findings."""
        found = {}
        for sentence in self._changes:
            answers: dict[Place, Any] = {}
            for number in self._looked_at:  # what the attempt has right comes first
                answers |= _findings({number: self.key.answer((sentence,), number)})
                if self._breaks(answers):
                    break
            else:
                found[sentence] = _differences(answers, self._right)
        return found

    def _breaks(self, answers: dict[Place, Any]) -> bool:
        got = _findings(self.got)
        return any(
            place in got and place not in self._wrong and not same(value, self._right.get(place))
            for place, value in answers.items()
        )

    def _touches_all(self, chosen: Sentences) -> bool:
        """Whether each wrong finding is wrong with at least one of them."""
        return all(
            place not in self._right or any(place in self._harmless[s] for s in chosen)
            for place in self._wrong
            if place[0] in self._looked_at
        )

    def _misfit(self, chosen: Sentences) -> int:
        """In how many findings they differ from the attempt, if each had its effect by itself."""
        missed = 0
        for place, yours in self._wrong.items():
            if place[0] not in self._looked_at:
                continue
            right = self._right.get(place)
            values = [self._harmless[s][place] for s in chosen if place in self._harmless[s]]
            if type(yours) is int and type(right) is int:  # a count, of parameters say, adds up
                ints = [value for value in values if type(value) is int]
                missed += sum(value - right for value in ints) != yours - right
            elif len(values) == 1:
                missed += not same(values[0], yours)
        return missed

    def _covers(self) -> Iterator[Sentences]:
        """The smallest sets of which each wrong finding is one's. None rests on errors alone."""
        telling = {s: self._told_by(s) for s, wrong in self._harmless.items() if wrong}
        telling = {s: places for s, places in telling.items() if self._is_evidence(places)}
        for size in (2, 3):
            sets = [
                chosen
                for chosen in combinations(telling, size)
                if set.union(*(telling[s] for s in chosen)) == set(self._wrong)
            ]
            if sets:
                yield from sets
                return

    def _told_by(self, sentence: str) -> set[Place]:
        """The wrong findings that are those of one mistake; none, if it breaks what is right."""
        numbers = range(len(self.got))
        answers = _findings({n: self.key.answer((sentence,), n) for n in numbers})
        if self._breaks(answers):
            return set()
        return {p for p, yours in self._wrong.items() if p in answers and same(answers[p], yours)}

    def _is_evidence(self, places: set[Place]) -> bool:
        return any(not isinstance(self._wrong[place], Raised | str | bool) for place in places)


def _findings(answers: list[Any] | dict[int, Any]) -> dict[Place, Any]:
    """Every answer, and of one that is a dict, every finding in it."""
    numbered = answers.items() if isinstance(answers, dict) else enumerate(answers)
    found: dict[Place, Any] = {}
    for number, answer in numbered:
        parts = answer if isinstance(answer, Mapping) else {"": answer}
        found |= {(number, str(name)): value for name, value in parts.items()}
    return found


def _differences(found: dict[Place, Any], right: dict[Place, Any]) -> dict[Place, Any]:
    return {
        place: value
        for place, value in found.items()
        if place not in right or not same(right[place], value)
    }


def _shared(sets: list[Sentences]) -> Sentences:
    """The sentences that are in every set, in their order."""
    return tuple(s for s in sets[0] if all(s in other for other in sets)) if sets else ()
