"""Invented people, places and words for the gallery; nothing here is real."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict

from daymark.design.forms import Choices, DateParts, DayInput, ManyChoices
from daymark.design.parts import Clash, Column, Link, clock, sortable

NOW = datetime.datetime(2026, 11, 21, 9, 38, tzinfo=ZoneInfo("Europe/London"))
LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"

ENGLISH = {
    "site": "Daymark",
    "danger": "Is someone in danger now?",
    "call": "Call",
    "silent": "If you cannot speak, press 55 when asked.",
    "title": "Is someone being controlled or exploited?",
    "lead": "You do not have to be sure. You do not have to give your name. "
    "What you saw may be the piece that helps someone out.",
    "report": "Report a concern",
    "report_why": "Takes two minutes. You can stay anonymous.",
    "signs": "Spot the signs",
    "signs_why": "At a car wash, a nail bar, a care home, a flat next door …",
    "help": "I need help myself",
    "help_why": "You have rights here. Nobody is told unless you choose.",
    "back": "Come back with your code",
    "back_why": "See what happened, read a message, add something.",
    "talk": "Talk to a person",
    "helpline": "The invented helpline answers day and night, free, in 200 languages:",
    "form_title": "Tell us what you saw",
    "form_lead": "Answer what you can and skip the rest. Nothing is sent until you say so "
    "on the next page.",
    "now": "Is anyone in danger right now?",
    "yes": "Yes, or it could happen today",
    "yes_hint": "Call 999 as well, if you can. We are not always at our desks.",
    "no": "No, or I do not know",
    "what": "What makes you worried?",
    "what_hint": "In any language. Who, what they do, what they look like, what was said.",
    "what_text": "Six men sleep above the car wash on the quay. A man in a white van takes their "
    "money every evening.",
    "where": "Where is it?",
    "where_hint": "A postcode, an address, or words: “behind the station, blue gate”.",
    "anything": "Tell us at least one thing: what you saw, or where",
    "choose": "Choose the answer that comes closest",
    "check": "Check what you wrote",
    "check_lead": "Nothing is sent yet.",
    "send": "Send it",
    "code_title": "Your report is with us",
    "code_lead": "A person at the desk reads it today. Keep this code: it is the only way back, "
    "and we cannot send it again.",
    "keep": "Keep it where nobody who could harm you will look. You may write it down, or learn "
    "the words.",
    "kept": "I have kept it",
    "thread": "Your report",
    "thread_lead": "The desk has read it and asks you something.",
    "desk": "The desk",
    "you": "You",
    "ask": "Thank you. Do you know which evenings the van comes? "
    "Please do not go and look: only tell us what you already know.",
    "reply": "Mostly Tuesday and Friday, after seven.",
    "answer": "Your answer",
    "sent": "Your answer is with the desk.",
    "sample": "This page is a sample. Nothing on it is real.",
}
ARABIC = {
    "site": "Daymark",
    "danger": "هل هناك شخص في خطر الآن؟",
    "call": "اتصل على",
    "silent": "إذا لم تستطع الكلام، فاضغط 55 عندما يُطلب منك ذلك.",
    "title": "هل يتعرض شخص ما للسيطرة أو الاستغلال؟",
    "lead": "لا يلزم أن تكون متأكدًا. ولا يلزم أن تذكر اسمك. ما رأيته قد يكون القطعة التي تساعد "
    "شخصًا على الخروج.",
    "report": "أبلغ عن أمر يقلقك",
    "report_why": "يستغرق دقيقتين. يمكنك ألا تكشف عن هويتك.",
    "signs": "تعرّف على العلامات",
    "signs_why": "في مغسلة سيارات، أو صالون أظافر، أو دار رعاية، أو شقة مجاورة …",
    "help": "أحتاج إلى المساعدة لنفسي",
    "help_why": "لديك حقوق هنا. لا نخبر أحدًا إلا إذا اخترت ذلك.",
    "back": "عُد برمزك",
    "back_why": "اعرف ما حدث، واقرأ رسالة، وأضف شيئًا.",
    "talk": "تحدث إلى شخص",
    "helpline": "خط المساعدة المُتخيَّل يجيب ليلًا ونهارًا، مجانًا، بمئتي لغة:",
    "form_title": "أخبرنا بما رأيت",
    "form_lead": "أجب عمّا تستطيع وتجاوز الباقي. لا يُرسل شيء حتى توافق في الصفحة التالية.",
    "now": "هل هناك من هو في خطر الآن؟",
    "yes": "نعم، أو قد يحدث ذلك اليوم",
    "yes_hint": "اتصل على 999 أيضًا إن استطعت. لسنا دائمًا في مكاتبنا.",
    "no": "لا، أو لا أعرف",
    "what": "ما الذي يقلقك؟",
    "what_hint": "بأي لغة. من هم، وماذا يفعلون، وكيف يبدون، وماذا قيل.",
    "what_text": "ستة رجال ينامون فوق مغسلة السيارات على الرصيف. رجل في شاحنة بيضاء يأخذ مالهم "
    "كل مساء.",
    "where": "أين المكان؟",
    "where_hint": "رمز بريدي، أو عنوان، أو كلمات: «خلف المحطة، البوابة الزرقاء».",
    "anything": "أخبرنا بشيء واحد على الأقل: ماذا رأيت، أو أين",
    "choose": "اختر الجواب الأقرب",
    "check": "راجع ما كتبت",
    "check_lead": "لم يُرسل شيء بعد.",
    "send": "أرسل",
    "code_title": "وصلنا بلاغك",
    "code_lead": "سيقرؤه شخص في المكتب اليوم. احتفظ بهذا الرمز: فهو الطريق الوحيد للعودة، ولا "
    "يمكننا إرساله مرة أخرى.",
    "keep": "احفظه حيث لن يبحث من قد يؤذيك. يمكنك كتابته أو حفظ الكلمات.",
    "kept": "لقد حفظته",
    "thread": "بلاغك",
    "thread_lead": "قرأه المكتب ويسألك عن شيء.",
    "desk": "المكتب",
    "you": "أنت",
    "ask": "شكرًا لك. هل تعرف في أي مساء تأتي الشاحنة؟ من فضلك لا تذهب لتنظر: أخبرنا فقط بما "
    "تعرفه الآن.",
    "reply": "غالبًا الثلاثاء والجمعة بعد السابعة.",
    "answer": "جوابك",
    "sent": "وصل جوابك إلى المكتب.",
    "sample": "هذه صفحة للعرض. لا شيء فيها حقيقي.",
}


def report_form(texts: dict[str, str], data: Any = None, *, failed: bool = False) -> forms.Form:
    class Report(forms.Form):
        all_optional = True
        danger = forms.ChoiceField(
            label=texts["now"],
            choices=[("yes", texts["yes"]), ("no", texts["no"])],
            widget=Choices(hints={"yes": texts["yes_hint"]}),
            required=False,
        )
        what = forms.CharField(
            label=texts["what"],
            help_text=texts["what_hint"],
            widget=forms.Textarea,
            max_length=20000,
            required=False,
        )
        where = forms.CharField(label=texts["where"], help_text=texts["where_hint"], required=False)

        def clean(self) -> dict[str, Any]:
            if failed:
                self.add_error("what", texts["anything"])
                self.add_error("danger", texts["choose"])
            return self.cleaned_data

    return Report(data, initial={"danger": "no", "what": texts["what_text"], "where": "CO2 8"})


class EveryField(forms.Form):
    """One field of each kind, for the gallery."""

    name = forms.CharField(label="Name they are known by", help_text="As they say it.")
    reference = forms.CharField(
        label="Incident reference",
        required=False,
        widget=forms.TextInput({"class": "medium", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label="Work e-mail", widget=forms.EmailInput({"autocomplete": "email", "class": "medium"})
    )
    account = forms.CharField(
        label="What they said",
        help_text="In their words where you can.",
        widget=forms.Textarea,
        max_length=500,
    )
    safe = forms.ChoiceField(
        label="Is it safe to telephone?",
        choices=[("yes", "Yes, at any time"), ("set", "Only at set times"), ("no", "No")],
        widget=Choices(
            hints={"set": "You will be asked for the days and hours.", "no": "No call is offered."}
        ),
    )
    types = forms.MultipleChoiceField(
        label="What kind of exploitation may this be?",
        help_text="Choose all that apply.",
        choices=[
            ("Work", [("labour", "Labour"), ("domestic", "Domestic servitude")]),
            ("Other", [("crime", "Forced criminality"), ("sexual", "Sexual")]),
        ],
        widget=ManyChoices(hints={"crime": "For instance drugs carried for others."}),
        required=False,
    )
    desk = forms.ChoiceField(
        label="Which desk takes it?",
        choices=[("", "Choose a desk"), ("a", "County Police MSHT"), ("b", "Harbour Council")],
    )
    born = forms.DateField(
        label="Date of birth", help_text="For example 27 3 1998.", widget=DateParts, required=False
    )
    seen = forms.DateField(label="Day it was seen", widget=DayInput)
    photo = forms.FileField(label="Photo or document", required=False)
    agreed = forms.BooleanField(
        label="A second person has read this", help_text="Closing needs two of you."
    )


class SignIn(forms.Form):
    email = forms.EmailField(
        label="Work e-mail", widget=forms.EmailInput({"autocomplete": "email"})
    )
    password = forms.CharField(
        label="Password", widget=forms.PasswordInput({"autocomplete": "current-password"})
    )
    code = forms.CharField(
        label="Code from your authenticator",
        help_text="Six digits, new every half minute.",
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "inputmode": "numeric", "class": "short"}
        ),
    )


class Filters(forms.Form):
    words = forms.CharField(label="Words", required=False)
    kind = forms.ChoiceField(
        label="Kind",
        choices=[("", "All kinds"), ("labour", "Labour"), ("sexual", "Sexual")],
        required=False,
    )
    desk = forms.ChoiceField(
        label="Desk", choices=[("", "All my desks"), ("a", "County Police MSHT")], required=False
    )
    since = forms.DateField(label="Since", widget=DayInput, required=False)


def due(hours: float) -> Any:
    return clock(NOW + datetime.timedelta(hours=hours), now=NOW)


def partner_frame() -> dict[str, Any]:
    """What the partner door's skeleton reads."""
    labels = ["Today", "Concerns", "Intelligence", "People", "Partnership", "Insight"]
    return {
        "demo": True,
        "nav": [
            Link(
                label, "#main", current=label == "Concerns", count=14 if label == "Today" else None
            )
            for label in labels
        ],
        "member": "N. Okafor",
        "agency": "County Police MSHT",
        "account_url": "#main",
        "sign_out_url": "#main",
    }


def public_frame(texts: dict[str, str], lang: str) -> dict[str, Any]:
    """What the public door's skeleton reads."""
    names = {
        "en": "English",
        "ro": "Română",
        "vi": "Tiếng Việt",
        "sq": "Shqip",
        "ar": "العربية",
    }
    return {
        "t": texts,
        "languages": [Link(name, "#main", code == lang, lang=code) for code, name in names.items()],
        "footer_links": [Link(texts["signs"], "#main"), Link(texts["help"], "#main")],
    }


def record(query: QueryDict) -> dict[str, Any]:
    """Everything the partner samples show."""
    rows = [
        ("24-0193", "Children at a flat above shops, Clacton", "Child", 4, "Tendring"),
        ("24-0188", "Car wash on the quay, Colchester", "Labour", 12, "Colchester"),
        ("24-0171", "Reply from the reporter: nail bar, Southend", "Sexual", 1031, "Southend"),
        ("24-0169", f"Caravans at {LONG}", "Labour", 2, LONG),
    ]
    return {
        "late": due(-0.64),
        "soon": due(2.1),
        "later": due(50),
        "far": due(400),
        "links": [
            Link("What was said", "#main", current=True),
            Link("Conversation", "#main", count=2),
            Link("Links", "#main", count=0),
            Link("History", "#main"),
        ],
        "columns": [
            Column("Reference"),
            sortable("What it is about", "title", query),
            Column("Kind"),
            sortable("Age in hours", "age", query, numeric=True),
            sortable("Place", "place", query),
        ],
        "concerns": rows,
        "page": Paginator(range(600), 25).get_page(query.get("page", 7)),
        "clashes": [
            Clash("Title", "Car wash on the quay", "Car wash, Hythe Quay, Colchester"),
            Clash("Reason", "", "Six men sleep above it.\nSame van on three evenings."),
        ],
        "long": LONG,
    }
