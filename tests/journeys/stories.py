"""What people report before the journeys begin, each found by the first word it holds."""

STORIES = {
    "Cobblewharf": "Cobblewharf pound shop: a boy works nights.",
    "Curlewgate": "Curlewgate depot: drivers sleep in the cabs.",
    "Dunnockside": "Dunnockside garage: the owner is somebody's brother.",
    "Ferrywell": "Ferrywell hotel: cleaners sleep in the boiler room.",
    "Finchwater": "Finchwater close: a man lives in a shed.",
    "Gorsehill": "Gorsehill cafe: the waiter is never paid.",
    "Hazelmere": "Hazelmere salon: the girl never looks up.",
    "Larkmeadow": "Larkmeadow house: an old man's home is full of strangers.",
    "Marrowdown": "Marrowdown farm: the gangmaster keeps their cards.",
    "Oakfen": "Oakfen lane: caravans without water.",
    "Ploverfield": "Ploverfield laundry: women locked in behind the machines.",
    "Rookery": "Rookery lane: they are moved every week.",
    "Sandpiper": "Sandpiper court: screaming every night.",
    "Thistlewick": "Thistlewick orchard: pickers sleep in a lorry.",
    "Whinmoor": "Whinmoor kennels: a girl sleeps among the dogs.",
    "Wrenbridge": "Wrenbridge flat: she recognised an officer.",
}
