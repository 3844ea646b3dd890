"""Why something cannot be done with a lot.

A `Conflict` may have happened all the same (DESIGN §2).
"""

from __future__ import annotations

from yuanliu.base.refusal import Conflict, Refusal
from yuanliu.base.text import gettext_noop


class UnknownLot(Refusal):
    """Say that no traceable has this id, number or alias."""

    code = "unknown_lot"
    sentence = gettext_noop(
        "No lot, unit, container or vessel is known as “%(lot)s”. Check the item code and the"
        " number, or"
        " search by the number alone."
    )
    status = 404


class AmbiguousNumber(Refusal):
    """Say that a number means several traceables."""

    code = "ambiguous_number"
    sentence = gettext_noop(
        "“%(lot)s” means %(count)s different lots: %(candidates)s. Name the supplier, or use"
        " the id."
    )


class LotNumberTaken(Refusal):
    """Say that a new lot would have the number of another of the same item."""

    code = "lot_number_taken"
    sentence = gettext_noop(
        "Item %(item)s already has a lot %(number)s. Give the new lot another number, or add to the"
        " existing one."
    )


class LotHeld(Conflict):
    """Say that a hold stands."""

    code = "lot_held"
    sentence = gettext_noop("Lot %(lot)s is on hold. Release the hold before you use or ship it.")


class LotRejected(Conflict):
    """Say that the lot was judged unfit."""

    code = "lot_rejected"
    sentence = gettext_noop("Lot %(lot)s was rejected and cannot be used or shipped.")


class LotInQuarantine(Conflict):
    """Say that the lot waits for its inspection."""

    code = "lot_in_quarantine"
    sentence = gettext_noop("Lot %(lot)s is in quarantine. Inspect and release it first.")


class LotExpired(Conflict):
    """Say that the lot's shelf life is over."""

    code = "lot_expired"
    sentence = gettext_noop("Lot %(lot)s expired on %(day)s.")


class NotEnough(Conflict):
    """Say that there is less than is wanted."""

    code = "not_enough"
    sentence = gettext_noop(
        "Only %(available)s of lot %(lot)s is at %(place)s, %(wanted)s is wanted. Count the"
        " stock, or"
        " record what is missing first."
    )


class PlaceNeeded(Conflict):
    """Say that the lot lies in several places and one must be named."""

    code = "place_needed"
    sentence = gettext_noop("Lot %(lot)s lies in several places: %(places)s. Say from which one.")
    status = 422


class BeforeBirth(Conflict):
    """Say that the lot did not exist at the time that is told."""

    code = "before_birth"
    sentence = gettext_noop(
        "Lot %(lot)s came into being at %(born)s, after the time that is told, %(told)s."
    )


class InTheFuture(Refusal):
    """Say that the floor time has not come yet."""

    code = "in_the_future"
    sentence = gettext_noop("The time %(told)s has not come yet. Check the device's clock.")
    status = 422


class QuantityNotPositive(Refusal):
    """Say that a quantity must be more than nothing."""

    code = "quantity_not_positive"
    sentence = gettext_noop("The quantity of %(lot)s must be more than zero, not %(quantity)s.")
    status = 422


class SplitNotPartial(Conflict):
    """Say that a split must leave something, and there must be enough."""

    code = "split_not_partial"
    sentence = gettext_noop(
        "%(quantity)s cannot be split off lot %(lot)s, which has %(available)s. Split off less, or"
        " relabel the whole lot."
    )


class ItemsDiffer(Refusal):
    """Say that only lots of one item can become one lot."""

    code = "items_differ"
    sentence = gettext_noop(
        "Lot %(lot)s is %(item)s, not %(wanted)s. Only lots of the same item can be merged; a"
        " process"
        " that mixes items is a production."
    )


class NothingGiven(Refusal):
    """Say that a list that needs members is empty."""

    code = "nothing_given"
    sentence = gettext_noop("Name at least one lot under “%(field)s”.")
    status = 422


class NamedTwice(Refusal):
    """Say that a traceable stands twice where once is meant."""

    code = "named_twice"
    sentence = gettext_noop("Lot %(lot)s is named twice. Name it once.")
    status = 422


class ReasonNeeded(Refusal):
    """Say that a reason must be given."""

    code = "reason_needed"
    sentence = gettext_noop("Say why: a reason is kept with this step.")
    status = 422


class WrongKind(Refusal):
    """Say that a traceable is not of the kind this needs."""

    code = "wrong_kind"
    sentence = gettext_noop("%(lot)s is a %(kind)s; this needs a %(wanted)s.")
    status = 422


class NotWhole(Conflict):
    """Say that what is counted cannot be a fraction."""

    code = "not_whole"
    sentence = gettext_noop(
        "%(quantity)s of %(lot)s is no whole number of pieces. Count again, or define the item in a"
        " unit of mass, volume or length."
    )
    status = 422


class LotDiffers(Conflict):
    """Say that what comes in under a known number is told to be something else."""

    code = "lot_differs"
    sentence = gettext_noop(
        "Lot %(lot)s is known with other particulars (%(known)s, not %(told)s). Leave them out to"
        " add to it, or give what comes in another number."
    )


class Overdrawn(Conflict):
    """Say that a correction leaves less than nothing."""

    code = "overdrawn"
    sentence = gettext_noop(
        "By this correction more was taken of lot %(lot)s at %(place)s than there was: %(quantity)s"
        " is left. Correct what was taken, or count the stock."
    )


class UnitIsOne(Refusal):
    """Say that of a single unit or container there is exactly one."""

    code = "unit_is_one"
    sentence = gettext_noop("%(lot)s is a single thing: its quantity is one, not %(quantity)s.")
    status = 422


class AlreadyInside(Conflict):
    """Say that a child is in a container or assembly already."""

    code = "already_inside"
    sentence = gettext_noop("%(lot)s is already in %(parent)s. Take it out first.")


class NotInside(Conflict):
    """Say that a child is not in that container or assembly."""

    code = "not_inside"
    sentence = gettext_noop("%(lot)s is not in %(parent)s.")


class InsideItself(Refusal):
    """Say that a container or assembly cannot contain itself."""

    code = "inside_itself"
    sentence = gettext_noop("%(lot)s cannot go into %(parent)s, which is inside it.")


class NotInOnePlace(Conflict):
    """Say that only what lies together can go into a container or an assembly."""

    code = "not_in_one_place"
    sentence = gettext_noop(
        "Lot %(lot)s lies in several places: %(places)s. Split off the part that goes in as a lot"
        " of its own."
    )


class NotOurs(Conflict):
    """Say that goods that are with a party come back by a return, not by a move."""

    code = "not_ours"
    sentence = gettext_noop("Lot %(lot)s is with %(party)s. Take it back as a return.")


class PackedInside(Conflict):
    """Say that something packed must be unpacked before it goes elsewhere on its own."""

    code = "packed_inside"
    sentence = gettext_noop("%(lot)s is packed in %(parent)s. Unpack it first, or move %(parent)s.")


class NotHeld(Conflict):
    """Say that there is no hold to lift."""

    code = "not_held"
    sentence = gettext_noop(
        "Lot %(lot)s is neither held nor in quarantine; there is nothing to release."
    )


class UnknownHold(Conflict):
    """Say that a hold is not on this lot."""

    code = "unknown_hold"
    sentence = gettext_noop("Hold %(hold)s is not on lot %(lot)s.")
    status = 404


class CertificatesDisagree(Conflict):
    """Say that two certificates tell different values for one lot; both are kept."""

    code = "certificates_disagree"
    sentence = gettext_noop(
        "Two certificates disagree about %(characteristic)s of lot %(lot)s: %(first)s and"
        " %(second)s. Both"
        " are kept; ask the supplier which is right."
    )


class CountUnchanged(Refusal):
    """Say that a count found what was booked."""

    code = "count_unchanged"
    sentence = gettext_noop(
        "Lot %(lot)s has %(quantity)s at %(place)s already; nothing is adjusted."
    )


class NotCorrectable(Refusal):
    """Say that a fact cannot be superseded."""

    code = "not_correctable"
    sentence = gettext_noop("The fact at position %(position)s cannot be corrected: %(why)s.")


class DescendantsRest(Refusal):
    """Say that later facts rest on what a correction would take away."""

    code = "descendants_rest"
    sentence = gettext_noop(
        "Lot %(lot)s came into being by this fact and was used since (position %(position)s)."
        " Correct"
        " those facts first, or keep the lot in the correction."
    )
