"""Log in: the form asks, `accounts` decides."""

from __future__ import annotations

import time
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.utils.decorators import method_decorator

from yuanliu.accounts.actions import authenticate_person
from yuanliu.base.refusal import Refusal
from yuanliu.capture.sentences import sentence_of

PASSWORD_LENGTH_MAX = 1_000


class LogInForm(AuthenticationForm):
    """Name and password; why somebody is not let in is said in one sentence above them."""

    password = forms.CharField(strip=False, max_length=PASSWORD_LENGTH_MAX)

    def clean(self) -> dict[str, Any]:
        """Ask whether these belong together."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name and password and self.request is not None:
            try:
                self.user_cache = authenticate_person(
                    self.request, name=name, password=password, now=time.time_ns() // 1_000
                )
            except Refusal as refusal:
                raise forms.ValidationError(sentence_of(refusal), code=refusal.code) from refusal
        return self.cleaned_data


@method_decorator(login_not_required, name="dispatch")
class LogIn(LoginView):
    """The log-in page; whoever is in already goes on."""

    template_name = "web/login.html"
    form_class = LogInForm
    redirect_authenticated_user = True
